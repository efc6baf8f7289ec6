import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { disk } from "./disk";
import { leastDisk } from "../testing/least-disk";
import { eventsOf, type FakeMachine, fakeMachine, makeJob } from "../testing/fixtures";
import { seedOf } from "../../contract/disk-builder";
import { makeSpec } from "../../contract/testing/agent-spec";

const IMAGE = { id: "image-1", digest: "sha256:dd" };

/** An image builder that writes these files into its output. */
async function builder(files: readonly string[], code = 0, bytes = leastDisk("BIOS")): Promise<FakeMachine> {
  return fakeMachine({
    podman: async (args) => {
      if (args[0] !== "run") return {};
      const output = args[args.indexOf("-v") + 1]?.replace(/:\/output$/, "") ?? "";
      for (const file of files) {
        await mkdir(dirname(join(output, file)), { recursive: true });
        await writeFile(join(output, file), bytes);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { code, lines: ["org.osbuild.rpm", "finished"] };
    },
  });
}

const runs = (machine: FakeMachine): string[] => machine.calls.filter((call) => call.startsWith("podman run"));

test("calls the image builder as bootc-image-builder is called, and finds its disk", async () => {
  const machine = await builder(["image/disk.raw", "manifest-raw.json"]);
  const spec = {
    image: "quay.example/bib@sha256:0",
    rootfs: "xfs",
    args: ["--use-librepo=True"],
    config: "[customizations]\n",
  };
  const job = await makeJob(machine, makeSpec({ builder: spec }));
  await mkdir(job.work, { recursive: true });
  const built = await disk(job, IMAGE);
  expect(built).toMatchObject({ path: join(job.work, "output/image/disk.raw"), sizeBytes: 65536 });
  const storage = join(machine.root, "var/lib/containers/storage");
  expect(runs(machine)).toEqual([
    "podman run --rm --name copr-builder-disk-01234567 --privileged --pull=newer --security-opt label=type:unconfined_t" +
      ` -v ${job.work}/output:/output -v ${storage}:/var/lib/containers/storage -v ${job.work}/config.toml:/config.toml:ro` +
      " quay.example/bib@sha256:0 --type raw --rootfs xfs --config /config.toml --use-librepo=True localhost/copr-builder:01234567",
  ]);
  expect(await readFile(join(job.work, "config.toml"), "utf8")).toBe("[customizations]\n");
  const texts = eventsOf(await readFile(job.folder.eventsPath, "utf8")).map(({ text }) => text);
  expect(texts).toContain("disk 0.0/0.0 GB");
});

test("calls the image-builder that the machine has, where there is no container of it", async () => {
  const machine = await fakeMachine({
    "image-builder": async (args) => {
      const output = args[args.indexOf("--output-dir") + 1] ?? "";
      await writeFile(join(output, "bootc-raw.raw"), leastDisk("BIOS"));
      return {};
    },
  });
  const builder = {
    image: "x",
    kind: "image-builder",
    packaged: true,
    rootfs: "ext4",
    args: [],
    config: "a = 1\n",
  } as const;
  const job = await makeJob(machine, makeSpec({ builder }));
  await mkdir(job.work, { recursive: true });
  expect(await disk(job, IMAGE)).toMatchObject({ path: join(job.work, "output/bootc-raw.raw") });
  const { calls } = machine;
  expect(calls.filter((call) => call.startsWith("image-builder"))).toEqual([
    `image-builder build --cache ${job.work}/image-builder --bootc-ref localhost/copr-builder:01234567` +
      ` --bootc-default-fs ext4 --blueprint ${job.work}/config.toml --seed ${seedOf(job.spec.key)} --output-dir ${job.work}/output raw`,
  ]);
  expect(runs(machine)).toEqual([]);
});

test("calls image-builder as that is called, with a seed of the build key", async () => {
  const machine = await builder(["image/disk.raw"]);
  const spec = {
    image: "ghcr.example/image-builder@sha256:0",
    kind: "image-builder",
    args: ["--with-buildlog"],
  } as const;
  const call = async (more: { readonly rootfs: string; readonly config?: string }): Promise<string> => {
    const job = await makeJob(machine, makeSpec({ builder: { ...spec, ...more } }));
    await mkdir(job.work, { recursive: true });
    await disk(job, IMAGE);
    return /image-builder@sha256:0 (.*)$/.exec(runs(machine).at(-1) ?? "")?.[1] ?? "";
  };
  const ends = "--seed 40992764608243447 --output-dir /output --with-buildlog raw";
  expect(await call({ rootfs: "ext4", config: "{}" })).toBe(
    `build --bootc-ref localhost/copr-builder:01234567 --bootc-default-fs ext4 --blueprint /config.toml ${ends}`,
  );
  machine.calls.length = 0;
  await machine.write("/proc/sys/kernel/random/boot_id", "boot-2\n");
  expect(await call({ rootfs: "image" })).toBe(`build --bootc-ref localhost/copr-builder:01234567 ${ends}`);
});

test("a finished disk is kept; one that changed, of another image or from before a restart is built again", async () => {
  const machine = await builder(["image/disk.raw"]);
  const job = await makeJob(machine, makeSpec());
  await mkdir(job.work, { recursive: true });
  const { path } = await disk(job, IMAGE);
  expect((await disk(job, IMAGE)).path).toBe(path);
  expect(runs(machine)).toHaveLength(1);
  await appendFile(path, "more");
  await disk(job, IMAGE);
  expect(runs(machine)).toHaveLength(2);
  await disk(job, { ...IMAGE, id: "image-2" });
  expect(runs(machine)).toHaveLength(3);
  await machine.write("/proc/sys/kernel/random/boot_id", "boot-2\n");
  await disk(job, { ...IMAGE, id: "image-2" });
  expect(runs(machine)).toHaveLength(4);
  // What a killed agent left running would write into the same folder.
  expect(machine.calls.filter((call) => call.startsWith("podman rm"))).toHaveLength(4);
});

test("a disk in another folder is found; none is an error that names what is there; a failure keeps the last lines", async () => {
  const other = await makeJob(await builder(["raw/image.raw"]), makeSpec());
  expect((await disk(other, IMAGE)).path).toBe(join(other.work, "output/raw/image.raw"));
  const none = await makeJob(await builder(["qcow2/disk.qcow2"]), makeSpec());
  await expect(disk(none, IMAGE)).rejects.toThrow("no image/disk.raw, it has: qcow2/disk.qcow2");
  const fails = await makeJob(await builder([], 1), makeSpec());
  await expect(disk(fails, IMAGE)).rejects.toMatchObject({
    message: "the image builder registry.example/image-builder:latest: exit status 1",
    tail: ["org.osbuild.rpm", "finished"],
    permanent: false,
  });
});

test("disk-rootfs-of-image: the image's own root file system, where the settings say `image`, and a configuration in JSON", async () => {
  const machine = await builder(["image/disk.raw"]);
  const spec = {
    image: "quay.example/bib@sha256:0",
    rootfs: "image",
    args: [],
    config: "{}",
    configFormat: "json",
  } as const;
  const job = await makeJob(machine, makeSpec({ builder: spec }));
  await mkdir(job.work, { recursive: true });
  await disk(job, IMAGE);
  const [call = ""] = runs(machine);
  expect(call).toContain(
    `-v ${job.work}/config.json:/config.json:ro quay.example/bib@sha256:0 --type raw --config /config.json`,
  );
  expect(call).not.toContain("--rootfs");
});

test("a disk that its machines can't boot from is refused before anything is sent", async () => {
  const job = await makeJob(await builder(["image/disk.raw"], 0, leastDisk("UEFI aarch64")), makeSpec());
  await mkdir(job.work, { recursive: true });
  await expect(disk(job, IMAGE)).rejects.toMatchObject({
    message: expect.stringContaining(
      "UEFI: EFI/BOOT/BOOTX64.EFI is missing in the EFI system partition; BIOS: no boot code",
    ),
    permanent: true,
  });
  expect(await job.marker("disk")).toBeUndefined();
});
