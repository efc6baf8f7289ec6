/** A stack that promotes: it takes a generation over, which is not deleted under its feet. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { addStack, checkout, expectNoLeaks, generations, PROD, STACK } from "./story";

interface Images {
  readonly hypervisor?: { readonly x86_64: string };
}

function promote(wish: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): void {
  const config = { "copr-builders:promote": { from: STACK, soakDays: 0, ...wish }, ...more };
  writeFileSync(path.join(checkout.folder, `Pulumi.${PROD}.yaml`), stringify({ config }));
}

const onProd = (verb: string, ...more: readonly string[]) => checkout.pulumi.run(verb, ...more, "--stack", PROD);
const up = () => onProd("up", "--yes", "--skip-preview");

async function prodOutput<T>(name: string): Promise<T> {
  return JSON.parse(await checkout.pulumi.must("stack", "output", name, "--json", "--stack", PROD)) as T;
}

/** Name of the image of a generation, as the building stack has it. */
async function imageOf(id: string): Promise<string> {
  return (await generations()).find((entry) => entry.id === id)?.images[0]?.name ?? `no image of ${id}`;
}

export function productionTakesTheFirst(): void {
  describe("a stack that promotes", () => {
    it("takes the generation that is named, builds nothing, and has the same outputs", async () => {
      await addStack(PROD);
      // From here on the building stack asks it before anything is deleted.
      checkout.set({ promotedBy: [PROD] });
      promote({ generation: "g1" });
      const { code, text } = await up();
      expect({ code, text }).toMatchObject({ code: 0 });
      expect(text).toMatch(/g1 of e2e is taken/);
      expect(text).toMatch(/g2 is not taken: promote.generation names g1/);
      expect((await prodOutput<Images>("images")).hypervisor?.x86_64).toBe(await imageOf("g1"));
      expect(await prodOutput("previousImages")).toEqual({});
      // Nothing but outputs, and the two stacks that they were read from.
      const types = new Set((await checkout.pulumi.resources(PROD)).map(({ type }) => type));
      expect([...types].filter((type) => !type.startsWith("pulumi:providers:")).sort()).toEqual([
        "pulumi:pulumi:Stack",
        "pulumi:pulumi:StackReference",
      ]);
      await expectNoLeaks();
    });
  });
}
