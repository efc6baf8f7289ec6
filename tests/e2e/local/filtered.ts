/** Runs for some targets only: what is not complete is no generation. */
import { describe, expect, it } from "vitest";
import { makePool, objects, removePool, volumes } from "../support/leaks";
import { checkout, current, expectNoLeaks, generations, HOSTS, MARKER, POOL } from "./story";

const SPARE = "e2e-spare";

interface Unfinished {
  readonly generation: string;
  readonly images: { readonly hypervisor: { readonly x86_64: string } };
  readonly missing: readonly string[];
}

export function filtered(): void {
  describe("a run for one target of two", () => {
    const spare = { platform: "libvirt", hosts: [{ ...HOSTS[0], pool: SPARE }] };

    it("publishes there, leaves the outputs alone, and says what is missing", async () => {
      makePool(checkout, SPARE);
      checkout.write(MARKER, "fourth\n");
      const publish = { "architectures.x86_64.publish": ["hypervisor", "spare"], "targets.spare": spare };
      checkout.set({ ...publish, "bootCheck.boots": 1, only: { targets: ["hypervisor"] } });
      const before = await generations();
      const { code, text } = await checkout.pulumi.up();
      expect(code, text).toBe(0);
      expect(text).toContain('left out by "only": x86_64 in spare/local');
      expect(await generations()).toEqual(before);
      const unfinished = await checkout.pulumi.output<Unfinished>("unfinished");
      expect(unfinished).toMatchObject({ generation: "g4", missing: ["x86_64 in spare/local"] });
      expect(volumes(checkout, POOL)).toContain(unfinished.images.hypervisor.x86_64);
      expect(volumes(checkout, SPARE)).toEqual([]);
      await expectNoLeaks();
    });

    it("is gone on with by the next run for all, without another build", async () => {
      const { images } = await checkout.pulumi.output<Unfinished>("unfinished");
      const before = objects(checkout);
      checkout.set({ only: undefined });
      const { code, text } = await checkout.pulumi.up();
      expect(code, text).toBe(0);
      const { name, key } = await current();
      expect(name).toBe(images.hypervisor.x86_64);
      expect(volumes(checkout, SPARE)).toEqual([name]);
      const record = Object.keys(objects(checkout)).find((object) => object.includes(`builds/${key}`)) ?? "";
      expect(objects(checkout)[record]).toBe(before[record]);
      expect((await generations()).map(({ id }) => id)).toEqual(["g4", "g3"]);
      expect((await checkout.pulumi.run("stack", "output", "unfinished", "--stack", "e2e")).code).not.toBe(0);
      await expectNoLeaks();
    });

    it("and lets a target go that the settings no longer have", async () => {
      checkout.set({ "architectures.x86_64.publish": ["hypervisor"], "targets.spare": undefined });
      expect(await checkout.pulumi.up()).toMatchObject({ code: 0 });
      expect(volumes(checkout, SPARE)).toEqual([]);
      removePool(checkout, SPARE);
    });
  });
}
