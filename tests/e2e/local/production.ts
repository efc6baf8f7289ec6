/** A stack that promotes: it takes a generation over, goes on, and goes back; none of it is deleted under its feet. */
import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import type { LedgerEntry } from "../../../model/plan";
import { objects, volumes } from "../support/leaks";
import { addStack, checkout, expectNoLeaks, generations, POOL, PROD, STACK } from "./story";

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
const used = async () => (await prodOutput<LedgerEntry[]>("generations")).map(({ id }) => id);

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
      expect(code, text).toBe(0);
      expect(text).toMatch(/g1 of e2e is taken/);
      expect((await prodOutput<Images>("images")).hypervisor?.x86_64).toBe(await imageOf("g1"));
      expect(await prodOutput("previousImages")).toEqual({});
      // Nothing but who it is and what it holds.
      const types = new Set((await checkout.pulumi.resources(PROD)).map(({ type }) => type));
      expect([...types].filter((type) => !type.startsWith("pulumi:providers:")).sort()).toEqual([
        "builders:index:Hold",
        "builders:index:StackIdentity",
        "pulumi:pulumi:Stack",
      ]);
      await expectNoLeaks();
    });
  });
}

export function productionGoesOn(): void {
  describe("a stack that promotes, when there is something newer", () => {
    it("takes the newest, and goes back with one key and no build", async () => {
      promote({});
      expect((await onProd("preview")).text).toMatch(/g2 of e2e is taken .*instead of g1/);
      expect(await up()).toMatchObject({ code: 0 });
      expect(await used()).toEqual(["g2", "g1"]);
      expect((await prodOutput<Images>("previousImages")).hypervisor?.x86_64).toBe(await imageOf("g1"));

      promote({ generation: "g1" });
      const { code, text } = await up();
      expect(code, text).toBe(0);
      expect(text).toMatch(/g2 is not taken: promote.generation names g1/);
      expect(await used()).toEqual(["g1", "g2"]);
      expect((await prodOutput<Images>("images")).hypervisor?.x86_64).toBe(await imageOf("g1"));
      await expectNoLeaks();
    });

    it.each([
      [{ generation: "g9" }, /promote\.generation: g9 is gone from e2e; it has g2, g1/],
      [{ generation: "g2", needs: ["aws.x86_64"] }, /g2 can't be taken: it lacks aws\.x86_64/],
      [{ generation: "g2", soakDays: 7 }, /g2 can't be taken: it will have soaked for 7 days on .*promote\.skipSoak/],
      [{ generation: "g1", needs: ["hypervisor.s390x"] }, /g1 can't be taken: it lacks hypervisor\.s390x/],
    ])("refuses %j with the reason, and stays as it is", async (wish, reason) => {
      promote(wish);
      const { code, text } = await up();
      expect(code).not.toBe(0);
      expect(text).toMatch(reason);
      expect(text).not.toMatch(/\n\s+at /);
      expect(await used()).toEqual(["g1", "g2"]);
    });

    it("is read by the pool manager's configuration, checked against a committed file, and shown in a report", async () => {
      const npm = (...args: readonly string[]) => checkout.pulumi.start("npm", ["run", "-s", ...args]).ended;
      const printed = await npm("images", "--", "--stack", PROD);
      expect(printed.code).toBe(0);
      const variables = parse(printed.text) as { copr_builder_images: Images };
      expect(variables.copr_builder_images).toEqual(await prodOutput("images"));
      expect(printed.text).toContain(`# x86_64: ${await imageOf("g2")}`);

      const file = path.join(checkout.folder, "committed.yml");
      writeFileSync(file, printed.text);
      expect(await npm("images", "--", "--stack", PROD, "--check", file)).toMatchObject({ code: 0 });
      writeFileSync(file, printed.text.replace("g1", "g2"));
      expect(await npm("images", "--", "--stack", PROD, "--check", file)).toMatchObject({ code: 1 });

      const report = path.join(checkout.folder, "report");
      expect(await npm("report", "--", "--stack", STACK, "--out", report)).toMatchObject({ code: 0 });
      const text = readFileSync(path.join(report, "report.md"), "utf8");
      expect(text).toMatch(/e2e-prod runs/);
      expect(text).toMatch(/packages/i);
      expect(text).not.toMatch(/not readable|can't be read/);
    });

    it("takes one that has not soaked when that is said", async () => {
      promote({ generation: "g2", soakDays: 7, skipSoak: true });
      expect(await up()).toMatchObject({ code: 0 });
      expect(await used()).toEqual(["g2", "g1"]);
    });

    it("keeps its generations on the building stack until it has moved on", async () => {
      const first = await imageOf("g1");
      const before = objects(checkout);
      // Of its own it would keep the current one alone.
      checkout.set({ keepGenerations: 1 });
      const { code, text } = await checkout.pulumi.up();
      expect(code, text).toBe(0);
      expect(volumes(checkout, POOL)).toContain(first);
      expect(objects(checkout)).toEqual(before);

      promote({}, { "copr-builders:keepGenerations": 1 });
      expect(await up()).toMatchObject({ code: 0 });
      expect(await used()).toEqual(["g2"]);
      expect((await checkout.pulumi.preview()).text).toMatch(/removed, used by nobody any more: g1/);
      expect(await checkout.pulumi.up()).toMatchObject({ code: 0 });
      expect((await generations()).map(({ id }) => id)).toEqual(["g2"]);
      expect(volumes(checkout, POOL)).not.toContain(first);
      expect(Object.keys(objects(checkout))).toHaveLength(5);
      await expectNoLeaks();
    });
  });
}
