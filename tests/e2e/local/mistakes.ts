/** Settings that are wrong. */
import { describe, expect, it } from "vitest";
import { checkout, HOSTS } from "./story";

export function mistakes(): void {
  describe("settings with five mistakes", () => {
    it("are five lines with paths, before anything starts", async () => {
      checkout.set({
        "architectures.riscv64": { worker: { platform: "ssh" }, publish: ["hypervisor"] },
        "architectures.x86_64.worker.diskGib": -5,
        "architectures.x86_64.publish": ["hypervisor", "awss"],
        "targets.hypervisor.hosts": [{ name: "a", arch: "x86_64", uri: "qemu+ssh:///system" }],
      });
      const { code, text } = await checkout.pulumi.preview();
      expect(code).not.toBe(0);
      for (const path of [
        "architectures.riscv64: ",
        "architectures.x86_64.worker.diskGib: ",
        "architectures.x86_64.publish[1]: ",
        "targets.hypervisor.hosts[0].uri: ",
        "targets.hypervisor.hosts[0].pool: ",
      ]) {
        expect(text.split("\n").filter((line) => line.trim().startsWith(path))).toHaveLength(1);
      }
      expect(text).not.toMatch(/\n\s+at /);
      checkout.set({
        "architectures.riscv64": undefined,
        "architectures.x86_64.worker.diskGib": 10,
        "architectures.x86_64.publish": ["hypervisor"],
        "targets.hypervisor.hosts": HOSTS,
      });
    });
  });
}
