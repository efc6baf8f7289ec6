import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { identity, ledgerAfter, NOW, settings } from "../../model/plan/fixtures";
import { plan } from "../../model/plan";
import { endWithout } from "./down";

const inputs = { settings: settings(), identity, now: NOW, ledger: [] };
const [entry] = ledgerAfter(plan(inputs));

it("ends in an error that names what was not reached, once all else is there", async () => {
  const unreached = new Map([["libvirt qemu+ssh://vmhost-02/system images", "no route to host"]]);
  const planned = plan({ ...inputs, unreached });
  let there: (value: typeof entry) => void = () => undefined;
  const published = pulumi.output(new Promise<typeof entry>((resolve) => (there = resolve)));
  let failed: unknown;
  const ended = endWithout(planned, published).catch((error: unknown) => (failed = error));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(failed).toBeUndefined();
  there(entry);
  await ended;
  expect(String(failed)).toBe(
    [
      "UserError: g1 is not complete; all else of it is there and has passed its boots. It waits for",
      "  hypervisor/vmhost-02 (targets.hypervisor.hosts[1])",
      'Run "pulumi up" again when it answers: it does that alone. `paused` or `bestEffort` at a path ends the waiting.',
    ].join("\n"),
  );
});

it("goes on where every place was reached", async () => {
  await expect(endWithout(plan(inputs), pulumi.output(entry))).resolves.toBeUndefined();
});
