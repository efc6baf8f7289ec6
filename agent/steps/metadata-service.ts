/**
 * Clouds tell a machine of itself at addresses that every process may ask: its user data has the host's private key, and a machine
 * of somebody's may have credentials there. RUN shares the machine's network, so a limit of hops does not keep it out.
 */
import { exists } from "../machine/exists";
import { machinePath } from "../machine/paths";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";

/** AWS's, IBM Cloud's and OpenStack's; their name servers and clocks have other ones. */
const IPV4 = ["169.254.169.254"] as const;
/** EC2's, see its user guide; Neutron's, which is the other one written in six. */
const IPV6 = ["fd00:ec2::254", "fe80::a9fe:a9fe"] as const;

/** Before every rule but the one that finds the machine's own addresses. */
const PRIORITY = "1";

/**
 * For a machine of our own: until it ends, nothing there reaches them, neither in a network of its own: cloud-init has read what it needs.
 * A routing rule and no firewall's: `ip` is on every stock image, and nothing that reloads a firewall removes it.
 */
export async function closeMetadataService(job: Job): Promise<void> {
  for (const address of IPV4) await prohibit(job, "-4", `${address}/32`);
  // Not where the kernel was started without IPv6.
  if (await exists(machinePath(job.machine, "/proc/net/if_inet6")))
    for (const address of IPV6) await prohibit(job, "-6", `${address}/128`);
}

async function prohibit(job: Job, family: "-4" | "-6", to: string): Promise<void> {
  // systemd-networkd removes rules that it does not know, unless they are the kernel's.
  const args = [family, "rule", "add", "priority", PRIORITY, "to", to, "prohibit", "protocol", "kernel"];
  const { code, tail, reason } = await job.run("ip", args, { quiet: true, timeoutMs: 60_000 });
  if (code === 0 || tail.some((line) => line.includes("File exists"))) return;
  throw new StepError(`the metadata service at ${to} can't be closed to the build: ${reason ?? tail.join("; ")}`);
}
