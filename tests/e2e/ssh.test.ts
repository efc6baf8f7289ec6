/** An image built on a machine that somebody has already: it is used, left as it was, and still there. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServices } from "../../cli/local/services";
import { makeCheckout, type Checkout } from "./support/checkout";
import { domains, makePool, removePool, volumes } from "./support/leaks";
import { eventually } from "./support/wait";

const STACK = "e2e-ssh";
const POOL = "e2e-ssh-images";
const MACHINE = ["-C", "tests/e2e/machine", "--stack", "machine"];

let checkout: Checkout;

beforeAll(async () => {
  await startServices(console.log);
  checkout = makeCheckout(STACK, {
    "targets.hypervisor.hosts": [
      { name: "local", arch: "x86_64", pool: POOL, boot: { vcpus: 2, memoryMib: 1024, network: { mode: "user" } } },
    ],
    "bootCheck.boots": 1,
    "disk.needGib": 6,
  });
  makePool(checkout, POOL);
  const { pulumi } = checkout;
  await pulumi.must("stack", "init", "-C", "tests/e2e/machine", "machine");
  await pulumi.must("up", "--yes", "--skip-preview", ...MACHINE);
  const text = await pulumi.must("stack", "output", "--json", "--show-secrets", ...MACHINE);
  const machine = JSON.parse(text) as { host: string; port: number; user: string; hostKey: string; privateKey: string };
  const privateKeyFile = path.join(checkout.folder, ".local", "machine-key");
  writeFileSync(privateKeyFile, machine.privateKey, { mode: 0o600 });
  const { host, port, user, hostKey } = machine;
  checkout.set({ "architectures.x86_64.worker": { platform: "ssh", host, port, user, hostKey, privateKeyFile } });
  await pulumi.must("stack", "init", STACK);
});

afterAll(async () => {
  const { pulumi } = checkout;
  await pulumi.must("destroy", "--yes", "--skip-preview", "--stack", STACK);
  await pulumi.must("destroy", "--yes", "--skip-preview", "--remove", ...MACHINE);
  expect(domains(checkout)).toEqual([]);
  removePool(checkout, POOL);
  checkout.remove();
});

/** Runs a command on the machine; the answer as soon as it lets anybody in. */
function onMachine(command: string): Promise<string> {
  return eventually(
    `"${command}" on the machine`,
    async () => {
      const { code, text } = await checkout.pulumi.start("npm", ["run", "-s", "enter", "--", "machine", command]).ended;
      return code === 0 ? text : undefined;
    },
    { seconds: 120, everyMs: 5000 },
  );
}

/** Everything on the machine that a build could have left or changed, but for logs, caches and podman's own locks. */
const INVENTORY = [
  "find /etc /usr -xdev -newer /proc/1 -type f ! -name '*.lock' | sort",
  "ls -d /var/lib/copr* /run/copr-builders/* 2>/dev/null",
  "podman images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep copr-builder",
  "systemctl list-units --all --no-legend 'copr-builder*'",
  "findmnt -n -o TARGET,SIZE /var/lib/containers /run /tmp",
  "true",
].join("; ");

it("builds there, publishes what it built, and leaves the machine as it was", async () => {
  const before = await onMachine(INVENTORY);
  const boot = await onMachine("cat /proc/sys/kernel/random/boot_id");
  const { code, text } = await checkout.pulumi.up();
  expect(code, text).toBe(0);
  const { hypervisor } = await checkout.pulumi.output<{ hypervisor: { x86_64: string } }>("images");
  expect(volumes(checkout, POOL)).toEqual([hypervisor.x86_64]);
  expect(await onMachine("cat /proc/sys/kernel/random/boot_id")).toBe(boot);
  expect(await onMachine(INVENTORY)).toBe(before);
  expect(await checkout.pulumi.stacks()).toEqual([STACK, "machine"].sort());
});
