/** A Containerfile that fails to build. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../../model/plan";
import { volumes } from "../support/leaks";
import { checkout, expectNoLeaks, generations, POOL } from "./story";

export function failingBuild(): void {
  describe("a Containerfile that fails to build", () => {
    let containerfile: string;
    let before: { readonly outputs: LedgerEntry[]; readonly volumes: string[] };

    beforeAll(async () => {
      before = { outputs: await generations(), volumes: volumes(checkout, POOL) };
      containerfile = checkout.read("images/debian-builder/Containerfile");
      // Its first step: what others did before it would only be thrown away.
      const broken = containerfile.replace(/^FROM .*$/m, "$&\nRUN echo the-last-words-of-the-step && exit 42");
      checkout.write("images/debian-builder/Containerfile", broken);
    });
    afterAll(() => {
      checkout.write("images/debian-builder/Containerfile", containerfile);
      checkout.set({ keepOnFailure: undefined });
    });

    async function expectUntouched(): Promise<void> {
      expect(await generations()).toEqual(before.outputs);
      expect(volumes(checkout, POOL)).toEqual(before.volumes);
    }

    it("shows the failing step's last lines, and with keepOnFailure a command that enters the worker and one that ends it", async () => {
      checkout.set({ keepOnFailure: true });
      const { code, text } = await checkout.pulumi.up();
      expect(code).not.toBe(0);
      expect(text).toContain("the-last-words-of-the-step");
      expect(text).toMatch(/exit status 42|status code 42|exit code 42|: 42/);
      const toEnter = /to enter: (.+)/.exec(text)?.[1]?.trim() ?? "";
      const toEnd = /to end it: (.+)/.exec(text)?.[1]?.trim() ?? "";
      await expectUntouched();

      const entered = await checkout.pulumi.start("sh", ["-c", `${toEnter} uname -n`]).ended;
      expect(entered).toMatchObject({ code: 0 });
      expect(entered.text.trim()).toBe("worker");

      const ended = await checkout.pulumi.start("sh", ["-c", toEnd]).ended;
      expect(ended).toMatchObject({ code: 0 });
      await expectNoLeaks();
    });

    it("leaves a stack that goes on as if nothing had happened", async () => {
      checkout.write("images/debian-builder/Containerfile", containerfile);
      const { code, text } = await checkout.pulumi.up();
      expect(code, text).toBe(0);
      await expectUntouched();
    });
  });
}
