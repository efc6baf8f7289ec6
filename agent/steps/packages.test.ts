import { createHash } from "node:crypto";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../machine/processes";
import { keepPackages, listPackages, parsePackages } from "./packages";
import { eventsOf, fakeMachine, type FakeResult, makeJob } from "../testing/fixtures";
import { makeSpec, presigned } from "../../contract/testing/agent-spec";
import { TestStore } from "../testing/store";

const image = { id: "0123", digest: "sha256:dd" };
const NAME = "copr-builder-packages-01234567";

async function list(answer: FakeResult) {
  const machine = await fakeMachine({ podman: (args) => (args[0] === "run" ? answer : {}) });
  const job = await makeJob(machine, makeSpec());
  const { packages } = await listPackages(job, image);
  const events = await readFile(job.folder.eventsPath, "utf8").catch(() => "");
  return { packages, calls: machine.calls, said: eventsOf(events).map(({ text }) => text) };
}

test("only a container without network, rights and a place to write runs the image's own package manager", async () => {
  const { packages, calls } = await list({ stdout: "zlib 1.3\nbash 5.2-1\n" });
  expect(packages).toEqual([
    { name: "bash", version: "5.2-1" },
    { name: "zlib", version: "1.3" },
  ]);
  // Neither a mount of the image on the machine nor anything else that could reach into it.
  expect(calls).toHaveLength(1);
  const call = calls[0] ?? "";
  expect(call).toMatch(/^podman run .* --entrypoint \/bin\/sh 0123 -c .*rpm -qa.*dpkg-query -W/);
  const [options = ""] = call.split(" 0123 ");
  for (const needed of [
    "--network none",
    "--read-only --read-only-tmpfs=false",
    "--cap-drop all",
    "--security-opt no-new-privileges",
    "--user 65534:65534",
    "--pull never",
    "--timeout 120",
    "--image-volume ignore",
    "--http-proxy=false",
    "--sdnotify ignore",
    ...["pid", "ipc", "uts", "cgroupns"].map((namespace) => `--${namespace} private`),
  ])
    expect(options).toContain(` ${needed} `);
  expect(options).not.toMatch(
    / (-v|--volume|--mount|--privileged|--device|--cap-add|--env-host|--userns)\b|[= ]host\b/,
  );
});

test("an image that can't tell is no failure; no container of it stays", async () => {
  const none = await list({ code: 3 });
  expect(none).toMatchObject({
    packages: [],
    said: ["packages are not listed: the image has neither rpm nor dpkg-query"],
  });
  const ended = await list({ code: null, reason: "not done after 150 s" });
  expect(ended.packages).toEqual([]);
  expect(ended.said[0]).toContain("not done after 150 s");
  for (const { calls } of [none, ended]) expect(calls[1]).toBe(`podman rm --force --ignore --time 0 ${NAME}`);
});

test("several versions of one package are kept, in a stable order; what dpkg removed is left out", () => {
  const text = "kernel 6.2-1.fc42.x86_64\nkernel 6.1\n\ngone \ngpg-pubkey 1a-2b.(none)\nlibstdc++6 1:2.0~rc1+b1\n";
  expect(parsePackages(text)).toEqual({
    packages: [
      { name: "gpg-pubkey", version: "1a-2b.(none)" },
      { name: "kernel", version: "6.1" },
      { name: "kernel", version: "6.2-1.fc42.x86_64" },
      { name: "libstdc++6", version: "1:2.0~rc1+b1" },
    ],
  });
});

test("the last day of the distribution's updates is what os-release says, if that is a day", () => {
  const packages = [{ name: "bash", version: "5" }];
  expect(parsePackages("SUPPORT_END=2027-05-19\nbash 5\n")).toEqual({ packages, supportEnd: "2027-05-19" });
  for (const said of ["", "never", "2027-13-40", "<b>"])
    expect(parsePackages(`SUPPORT_END=${said}\nbash 5\n`)).toEqual({ packages });
  expect(parsePackages("bash 5\nSUPPORT_END=2027-05-19\n")).toHaveProperty("problem");
});

test("an image's os-release that ends the shell, or is not there, leaves the list as it is", async () => {
  const machine = await fakeMachine({ podman: () => ({ stdout: "bash 5\n" }) });
  await listPackages(await makeJob(machine, makeSpec()), image);
  const script = / -c (.*)$/.exec(machine.calls[0] ?? "")?.[1] ?? "";
  const folder = await mkdtemp(join(tmpdir(), "os-release-"));
  const file = join(folder, "os-release");
  const tool = join(folder, "dpkg-query");
  await writeFile(tool, "#!/bin/sh\necho bash 5\n", { mode: 0o755 });
  const here = script.replaceAll("/usr/bin/rpm", `${folder}/rpm`).replaceAll("/etc/os-release", file);
  const ran = async () =>
    (
      await runCommand(
        "sh",
        ["-c", here.replaceAll("/usr/bin/dpkg-query", tool).replaceAll("dpkg-query -W", `${tool} -W`)],
        {
          timeoutMs: 20_000,
          stdoutLimit: 65_536,
        },
      )
    ).stdout;
  expect(await ran()).toBe("bash 5\n");
  await writeFile(file, "exit 9\n");
  expect(await ran()).toBe("bash 5\n");
  await writeFile(file, 'ID=fedora\nSUPPORT_END="2027-05-19"\n');
  expect(await ran()).toBe("SUPPORT_END=2027-05-19\nbash 5\n");
});

test.each([
  ["bash 5\nnot a package line\n", "line 2 of"],
  ["<script> 1\n", "line 1 of"],
  ["a \u001b[31m1\n", "line 1 of"],
  [`a ${"1".repeat(600)}\n`, "line 1 of"],
  ["a 1\n".repeat(200_001), "more than 200000 packages"],
])("what is no list of packages is not believed in part either: %#", async (stdout, problem) => {
  expect(parsePackages(stdout)).toMatchObject({ problem: expect.stringContaining(problem) });
  const { packages, said } = await list({ stdout });
  expect(packages).toEqual([]);
  expect(said[0]).toContain(problem);
});

test("a command that writes without end is ended", async () => {
  const started = Date.now();
  const result = await runCommand("sh", ["-c", "yes | head -c 100000; sleep 60"], {
    timeoutMs: 20_000,
    stdoutLimit: 65_536,
  });
  expect(result).toMatchObject({ code: null, reason: "wrote more than 65536 bytes" });
  expect(result.stdout.length).toBeLessThanOrEqual(65_536);
  expect(Date.now() - started).toBeLessThan(10_000);
});

test("the list in the store is what the record says of it", async () => {
  const store = await TestStore.start();
  const packages = { object: "packages/local/x.json", url: presigned(store.url, "packages/local/x.json") };
  const machine = await fakeMachine({ podman: () => ({ stdout: "bash 5\n" }) });
  const list = await keepPackages(await makeJob(machine, makeSpec({ packages })), image);
  const bytes = store.objects.get("builders/packages/local/x.json") ?? Buffer.alloc(0);
  expect(JSON.parse(bytes.toString())).toEqual([{ name: "bash", version: "5" }]);
  expect(list).toEqual({
    packages: [{ name: "bash", version: "5" }],
    stored: {
      object: packages.object,
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    },
  });
});

test("no list is made where nobody asked for one", async () => {
  const machine = await fakeMachine();
  expect(await keepPackages(await makeJob(machine, makeSpec()), image)).toBeUndefined();
  expect(machine.calls).toEqual([]);
});
