/** Texts on their way into a shell: a real one reads them back. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentScript } from "../../components/agent-script";
import { KEY, makeSpec } from "../../contract/testing/agent-spec";
import { hypervisor } from "../../infra/libvirt/provider/image/hypervisor";
import { libvirtUriProblem, parseLibvirtUri } from "../../infra/libvirt/provider/image/uri";
import { script, type Task } from "../../infra/libvirt/provider/image/script";
import { quote } from "../../provider/shell";
import { hold } from "./cases";
import { hostileText, NO_ARGUMENT } from "./texts";

const argument = hostileText({ without: NO_ARGUMENT });
const batchOf = <T>(one: fc.Arbitrary<T>, size: number) => fc.array(one, { minLength: size, maxLength: size });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostile-shell-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function said(command: string, args: readonly string[], input: string): string[] {
  const out = execFileSync(command, args, { input, encoding: "utf8", maxBuffer: 64 * 2 ** 20, cwd: folder });
  return out.split("\0").slice(0, -1);
}

test("a word stays one, and itself", async () => {
  await hold(
    "words of a shell",
    batchOf(argument, 300),
    (texts) => {
      const program = `printf '%s\\0' ${texts.map(quote).join(" ")}\n`;
      expect(said("sh", ["-s"], program)).toEqual(texts);
      expect(said("bash", ["-s"], program)).toEqual(texts);
    },
    300,
  );
});

test("so it does where ssh joins words for the shell over there", async () => {
  await hold(
    "words that ssh hands to a shell",
    batchOf(argument, 50),
    (texts) => {
      const { args } = hypervisor("qemu+ssh://host/system", texts);
      const [shell, flag, ...words] = args.slice(args.indexOf("--") + 1);
      expect([shell, flag]).toEqual(["sh", "-s"]);
      expect(said("sh", ["-c", `printf '%s\\0' ${words.join(" ")}`], "")).toEqual(texts);
    },
    50,
  );
});

const pull = fc.record({
  ...{ pool: argument, name: argument, sha256: argument, url: fc.constant("http://127.0.0.1:9/x") },
  owner: fc.record({ identity: argument, resource: argument }),
});

test("what a hypervisor's script is told is what it has in its variables", async () => {
  await hold(
    "a hypervisor's script",
    batchOf(fc.tuple(pull, argument), 20),
    (given) => {
      const programs = given.map(([one, uri]) => {
        const task: Task = { ...one, kind: "pull", sizeBytes: 1, dataBytes: 1, believe: "nothing" };
        return `( ${beforeParts(script(uri, task))}\nprintf '%s\\0' "$uri" "$pool" "$name" "$identity" "$resource" "$sha256"; )`;
      });
      const read = said("sh", ["-s"], `${programs.join("\n")}\n`);
      expect(read).toEqual(
        given.flatMap(([{ pool, name, owner, sha256 }, uri]) => [
          uri,
          pool,
          name,
          owner.identity,
          owner.resource,
          sha256,
        ]),
      );
    },
    20,
  );
});

const COMMON = readFileSync(join(__dirname, "../../infra/libvirt/provider/image/common.sh"), "utf8");

/** The assignments alone: without the brace before them, and what runs after them. */
function beforeParts(text: string): string {
  const at = text.indexOf(COMMON.slice(0, 200));
  return (at === -1 ? text : text.slice(0, at)).replace(/^\{\n/, "");
}

test("curl asks for the very URL, and takes no other order from it", async () => {
  const url = hostileText({ without: NO_ARGUMENT }).map((text) => {
    const made = new URL("http://127.0.0.1:1/disk");
    made.searchParams.set("X-Amz-Signature", text);
    made.hash = "";
    return made.href.replace("127.0.0.1:1/disk", `127.0.0.1:1/di"sk\\`);
  });
  await hold(
    "curl's settings",
    batchOf(url, 50),
    (urls) => {
      const settings = urls.map((one) => {
        const task: Task = { kind: "pull", pool: "p", name: "n", url: one, sizeBytes: 1, dataBytes: 1, ...REST };
        return script("u", task);
      });
      const lines = said(
        "sh",
        ["-s"],
        settings.map((one) => `( ${beforeParts(one)}\nprintf '%s\\n\\0' "$curl_config" )`).join("\n"),
      );
      const format = ["--globoff", "--path-as-is", "--silent", "--write-out", "%{url_effective}\\n"];
      let out = "";
      try {
        execFileSync("curl", ["-q", ...format, "--connect-timeout", "5", "--config", "-"], {
          ...{ input: lines.join(""), encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] },
        });
      } catch (error) {
        // Nobody listens on port 1.
        out = String((error as { stdout?: unknown }).stdout);
      }
      expect(out.split("\n").slice(0, -1)).toEqual(urls);
    },
    50,
  );
});

const REST = { sha256: "", believe: "nothing", owner: { identity: "i", resource: "r" } } as const;

test("an agent's orders come whole into its files, whatever secrets are", async () => {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "node"), "#!/bin/sh\nexit 0\n");
  chmodSync(join(bin, "node"), 0o755);
  let runs = 0;
  await hold("orders of an agent", fc.dictionary(hostileText({ least: 1 }), hostileText()), (buildSecrets) => {
    const run = join(folder, `run-${(runs += 1)}`);
    mkdirSync(run);
    // No unit of systemd is started for a job that is done.
    writeFileSync(join(run, "result.json"), "");
    const text = agentScript(
      { key: KEY, lifetimeMinutes: 1, ownMachine: false, program: "/agent.js", run },
      { spec: makeSpec(), buildSecrets },
    );
    execFileSync("sh", ["-s"], { input: text, env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` } });
    expect(JSON.parse(readFileSync(join(run, "build-secrets.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(buildSecrets)),
    );
    expect(JSON.parse(readFileSync(join(run, "spec.json"), "utf8"))).toEqual(makeSpec());
  });
});

test("an address of libvirt that is taken means to ssh what it means to us", async () => {
  const part = fc.oneof(hostileText({ most: 2 }), fc.stringMatching(/^[a-z0-9.-]{1,8}$/));
  const address = fc
    .record({
      user: part,
      host: fc.stringMatching(/^[a-zA-Z0-9.-]{1,8}$/),
      port: fc.constantFrom("", ":22", ":-1", ":70000"),
      key: fc.constantFrom("keyfile", "knownhosts", "socket", "command", "netcat"),
      value: part,
    })
    .map(({ user, host, port, key, value }) => {
      const query = `${key}=${encodeURIComponent(`/${value}`.replace(NO_LONE, "x"))}`;
      return `qemu+ssh://${user === "" ? "" : `${encodeURIComponent(user.replace(NO_LONE, "x"))}@`}${host}${port}/system?${query}`;
    });
  const taken = address.filter((one) => libvirtUriProblem(one) === undefined);
  await hold("libvirt's addresses", taken, (uri) => {
    const { args } = hypervisor(uri);
    const { host, keyfile, knownHosts } = parseLibvirtUri(uri);
    const out = execFileSync("ssh", ["-F", "none", "-G", ...args.slice(0, args.indexOf("--"))], {
      ...{ encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    });
    const of = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(out)?.[1];
    expect(of("host")).toBe(host?.name);
    if (host?.user !== undefined) expect(of("user")).toBe(host.user);
    // ssh itself forgets one that is not there.
    if (keyfile !== undefined) expect(args[args.indexOf("-i") + 1]).toBe(keyfile);
    if (knownHosts !== undefined) expect(of("userknownhostsfile")).toBe(knownHosts);
    expect([of("proxycommand"), of("stricthostkeychecking")]).toEqual([undefined, "true"]);
  });
});

const NO_LONE = /\0|[\ud800-\udfff]/gu;
