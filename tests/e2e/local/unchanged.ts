/** A run that has nothing to do. */
import { describe, expect, it } from "vitest";
import { objects, volumes } from "../support/leaks";
import { checkout, generations, POOL } from "./story";

export function unchanged(): void {
  describe("nothing changed", () => {
    it("makes nothing, starts nothing, writes nothing", async () => {
      const before = { objects: objects(checkout), volumes: volumes(checkout, POOL), outputs: await generations() };
      const up = checkout.pulumi.startUp();
      const { code, text } = await up.ended;
      expect(text).toMatch(/unchanged/);
      expect(text).not.toMatch(/created|replaced|updated|deleted/);
      expect(code).toBe(0);
      expect({ objects: objects(checkout), volumes: volumes(checkout, POOL), outputs: await generations() }).toEqual(
        before,
      );
    });
  });
}
