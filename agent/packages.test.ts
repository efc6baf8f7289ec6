import { expect, test } from "vitest";
import { keepPackages, listPackages, parsePackages } from "./packages";
import { fakeMachine, type FakeCommand, makeJob, makeSpec, presigned } from "./testing/fixtures";
import { TestStore } from "./testing/store";

const image = { id: "0123", digest: "sha256:dd" };

async function list(commands: Readonly<Record<string, FakeCommand>>) {
  const machine = await fakeMachine(commands);
  const job = await makeJob(machine, makeSpec());
  return { packages: await listPackages(job, image), calls: machine.calls };
}

const mount: FakeCommand = (args) => (args[1] === "mount" ? { stdout: "/mnt/merged\n" } : {});

test("the image's own package manager is asked, in a mount that is gone afterwards", async () => {
  const { packages, calls } = await list({ podman: mount, chroot: () => ({ stdout: "zlib 1.3\nbash 5.2-1\n" }) });
  expect(packages).toEqual([
    { name: "bash", version: "5.2-1" },
    { name: "zlib", version: "1.3" },
  ]);
  expect(calls[0]).toBe("podman image mount 0123");
  expect(calls[1]).toMatch(/^chroot \/mnt\/merged \/bin\/sh -c .*rpm -qa.*dpkg-query -W/);
  expect(calls[2]).toBe("podman image unmount 0123");
});

test("an image that can't tell is no failure, and is not left mounted", async () => {
  const { packages, calls } = await list({ podman: mount, chroot: () => ({ code: 3 }) });
  expect(packages).toEqual([]);
  expect(calls.at(-1)).toBe("podman image unmount 0123");
  const unmountable = await list({ podman: () => ({ code: 125, lines: ["no such image"] }) });
  expect(unmountable).toEqual({ packages: [], calls: ["podman image mount 0123"] });
});

test("several versions of one package are kept, in a stable order", () => {
  expect(parsePackages("kernel 6.2\nkernel 6.1\n\nnot a package line\n")).toEqual([
    { name: "kernel", version: "6.1" },
    { name: "kernel", version: "6.2" },
  ]);
});

test("the list in the store is what the record says of it", async () => {
  const store = await TestStore.start();
  const packages = { object: "packages/local/x.json", url: presigned(store.url, "packages/local/x.json") };
  const machine = await fakeMachine({ podman: mount, chroot: () => ({ stdout: "bash 5\n" }) });
  const stored = await keepPackages(await makeJob(machine, makeSpec({ packages })), image);
  const bytes = store.objects.get("builders/packages/local/x.json") ?? Buffer.alloc(0);
  expect(JSON.parse(bytes.toString())).toEqual([{ name: "bash", version: "5" }]);
  expect(stored).toEqual({ object: packages.object, sizeBytes: bytes.length });
});

test("no list is made where nobody asked for one", async () => {
  const machine = await fakeMachine();
  expect(await keepPackages(await makeJob(machine, makeSpec()), image)).toBeUndefined();
  expect(machine.calls).toEqual([]);
});
