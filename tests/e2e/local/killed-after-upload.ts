/** A run that is killed when the disk is in the store. */
import { describe, expect, it } from "vitest";
import { domains, objects, volumePath, volumes } from "../support/leaks";
import { eventually } from "../support/wait";
import { checkout, current, expectNoLeaks, generations, kill9, MARKER, POOL, sha256, workerStack } from "./story";

export function killedAfterUpload(): void {
  describe("a third change, killed after the upload", () => {
    let givenUp: string;

    it("leaves no worker of a source that was given up while it was built", async () => {
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

    it("is not built again, and the first generation stays while production uses it", async () => {
      const before = await generations();
      checkout.write(MARKER, "third\n");
      const preview = await checkout.pulumi.preview();
      expect(preview.text).toMatch(/g3 is new/);
      expect(preview.text).toMatch(/kept: g2, g1/);
      // What goes is what the given up source had begun, nothing of a generation.
      expect(preview.text).not.toMatch(/- .*-g[12]-[0-9a-f]{8}.*delete/);

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
      expect((await generations()).map(({ id }) => id)).toEqual(["g3", "g2", "g1"]);
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
  });
}
