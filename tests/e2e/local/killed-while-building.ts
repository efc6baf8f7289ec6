/** A run that is killed while the agent builds. */
import { describe, expect, it } from "vitest";
import { domains, domainUuid, volumes } from "../support/leaks";
import { eventually } from "../support/wait";
import { checkout, current, enter, expectNoLeaks, generations, kill9, MARKER, POOL, STACK, workerStack } from "./story";

export function killedWhileBuilding(): void {
  describe("a changed file, and a run killed while the agent builds", () => {
    let first: Awaited<ReturnType<typeof current>>;

    it("shows in the preview what is new and why", async () => {
      first = await current();
      checkout.write(MARKER, "second\n");
      const { text } = await checkout.pulumi.preview();
      expect(text).toMatch(/g2 is new: .*images\/debian-builder/);
      expect(text).toMatch(/copr-builder-x86_64-g2-[0-9a-f]{8}/);
      // Two are kept: nothing of g1 goes.
      expect(text).not.toMatch(/- .*delete/);
    });

    it("takes up the same worker, follows the running build on, and leaves nothing over", async () => {
      const killed = checkout.pulumi.startUp();
      const stack = await workerStack();
      const key8 = stack.slice(-8);
      await eventually(
        "the agent to build",
        () => enter(stack, `grep -q '"step":"build"' /run/copr-builders/${key8}/events.jsonl && echo yes`),
        { seconds: 180, everyMs: 1000 },
      );
      const domain = domains(checkout).find((name) => name.startsWith(stack)) ?? "";
      const uuid = domainUuid(checkout, domain);
      await kill9(killed.pid, stack);
      const killedAt = Date.now();
      expect(domainUuid(checkout, domain)).toBe(uuid);
      expect(await checkout.pulumi.stacks()).toContain(stack);

      const again = checkout.pulumi.startUp();
      await eventually("the left-over stack to be taken up", () => /resum/i.exec(again.text()) ?? undefined, {
        seconds: 60,
      });
      expect(domainUuid(checkout, domain)).toBe(uuid);
      const { code, text } = await again.ended;
      expect(code, text).toBe(0);

      const { record, name } = await current();
      const worked = Object.values(record.seconds).reduce((sum, seconds) => sum + seconds, 0);
      expect(new Date(record.builtAt).getTime() - worked * 1000).toBeLessThan(killedAt);
      expect(volumes(checkout, POOL)).toEqual([first.name, name].sort());
      await expectNoLeaks();
    });

    it("publishes what was changed, and the previous generation still boots", async () => {
      const second = await current();
      expect(await bootAndRead(second, "cat /etc/builder-note")).toContain("second");
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
