/** A run that is killed when the disk is in the store. */
import { describe, expect, it } from "vitest";
import { domains, objects, volumePath, volumes } from "../support/leaks";
import { eventually } from "../support/wait";
import {
  checkout,
  current,
  enter,
  expectNoLeaks,
  generations,
  kill9,
  MARKER,
  POOL,
  sha256,
  STACK,
  workerStack,
} from "./story";

export function killedAfterUpload(): void {
  describe("a changed file, and a run killed after the upload", () => {
    let givenUp: string;
    let first: Awaited<ReturnType<typeof current>>;

    it("leaves no worker of a source that was given up while it was built", async () => {
      first = await current();
      checkout.write(MARKER, "given up\n");
      const killed = checkout.pulumi.startUp();
      const stack = await workerStack();
      await eventually("the worker's domain", () => domains(checkout).find((name) => name.startsWith(stack)), {
        seconds: 60,
      });
      await kill9(killed.pid, stack);
      // The next step takes another source: only then is it known that nobody will take this worker up.
      expect(await checkout.pulumi.stacks()).toContain(stack);
      givenUp = stack;
    });

    it("shows in the preview what is new and why, and is not built again", async () => {
      const before = await generations();
      checkout.write(MARKER, "second\n");
      // One boot, which sees what was changed: that there are as many as are asked for, the first image has shown.
      checkout.set({ "bootCheck.boots": 1, "bootCheck.checks": ["grep -qx second /etc/builder-note"] });
      const preview = await checkout.pulumi.preview();
      expect(preview.text).toMatch(/g2 is new: .*images\/debian-builder/);
      expect(preview.text).toMatch(/copr-builder-x86_64-g2-[0-9a-f]{8}/);
      expect(preview.text).toMatch(/kept: g1/);
      // What goes is what the given up source had begun, nothing of a generation.
      expect(preview.text).not.toMatch(/- .*-g1-[0-9a-f]{8}.*delete/);

      const killed = checkout.pulumi.startUp();
      await eventually(
        "the given up worker to go",
        async () => !(await checkout.pulumi.stacks()).includes(givenUp) || undefined,
        {
          seconds: 60,
        },
      );
      const stack = await workerStack();
      const written = await eventually(
        "the commit record",
        () => Object.keys(objects(checkout)).find((name) => name.includes(`builds/${stack.slice(-8)}`)),
        { seconds: 400, everyMs: 100 },
      );
      await kill9(killed.pid, stack);
      const object = objects(checkout)[written];

      const { code, text } = await checkout.pulumi.up();
      expect(code, text).toBe(0);
      expect(objects(checkout)[written]).toBe(object);

      const { key, name, record } = await current();
      expect((await generations()).map(({ id }) => id)).toEqual(["g2", "g1"]);
      const older = before.flatMap((entry) => entry.images);
      expect(volumes(checkout, POOL)).toEqual([...older.map((image) => image.name), name].sort());
      expect(sha256(volumePath(checkout, POOL, name))).toBe(record.disk.sha256);
      const keys = [...older.map((image) => image.key), key].sort();
      expect(Object.keys(objects(checkout)).sort()).toEqual([
        ...keys.map((k) => `builds/${k}.json`),
        ...keys.map((k) => `disks/${k}.raw.zst`),
        ...keys.flatMap((k) => ["json", "provenance.json", "spdx.json"].map((ending) => `packages/${k}.${ending}`)),
      ]);
      await expectNoLeaks();
    });

    it("leaves a previous generation that still boots", async () => {
      expect(await bootAndRead(first, "cat /usr/lib/copr-builder/build-key")).toContain(first.key);
      const previous = await checkout.pulumi.output<{ hypervisor: { x86_64: string } }>("previousImages");
      expect(previous.hypervisor.x86_64).toBe(first.name);
      await expectNoLeaks();
    });

    /** Boots a published image by the boot-check program by hand, and reads something on the machine. */
    async function bootAndRead(image: { readonly key: string; readonly name: string }, command: string) {
      const { pulumi } = checkout;
      const stack = `by-hand-${image.key.slice(0, 8)}`;
      const place = (await generations()).flatMap((entry) => entry.images).find(({ name }) => name === image.name)
        ?.places[0]?.spec;
      const whose = { stack: STACK, identity: checkout.identity() };
      const job = {
        key: image.key,
        arch: "x86_64",
        imageId: image.name,
        place,
        boots: 1,
        checks: ["true"],
        lifetimeMinutes: 60,
        ...whose,
      };
      const program = ["-C", "stacks/boot-check", "--stack", stack];
      await pulumi.must("stack", "init", "-C", "stacks/boot-check", stack);
      try {
        checkout.write(
          `stacks/boot-check/Pulumi.${stack}.yaml`,
          JSON.stringify({ config: { "copr-builders:job": job } }),
        );
        await pulumi.must("up", "--yes", "--skip-preview", ...program);
        return await enter(stack, command);
      } finally {
        await pulumi.must("destroy", "--yes", "--skip-preview", "--remove", ...program);
      }
    }
  });
}
