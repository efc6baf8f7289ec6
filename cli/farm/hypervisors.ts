/** The hypervisors of the farm: a libvirtd each, and a way to take one off the network. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { startLibvirt, type LibvirtService } from "../../standins/world/hypervisor";
import type { HostArch } from "./parts";

export interface HostSpec {
  readonly name: string;
  readonly arch: HostArch;
  readonly pool: string;
}

export interface Host {
  readonly name: string;
  readonly uri: string;
  /** Nobody reaches a host that is down; what runs on it goes on. */
  readonly set: (down: boolean) => void;
  readonly stop: () => Promise<void>;
}

export async function startHosts(folder: string, specs: readonly HostSpec[]): Promise<Host[]> {
  // Short names: a socket's path has 107 characters.
  const named = specs.map((spec, index) => ({ ...spec, folder: join(folder, `h${index + 1}`) }));
  const start = async ({ name, arch, pool, folder }: (typeof named)[number], like?: string): Promise<Host> =>
    hostOf(name, await startLibvirt(folder, [pool], { arch, ...(like !== undefined && { like }) }));
  const hosts: Host[] = [];
  // libvirt asks each emulator what it can do, for seconds: once an architecture is enough.
  for (const spec of named) {
    const first = named.find(({ arch }) => arch === spec.arch);
    hosts.push(await start(spec, first === spec ? undefined : first?.folder));
  }
  return hosts;
}

function hostOf(name: string, { socket, stop }: LibvirtService): Host {
  const away = `${socket}.away`;
  const set = (down: boolean): void => {
    const [from, to] = down ? [socket, away] : [away, socket];
    if (existsSync(from)) renameSync(from, to);
  };
  return {
    ...{ name, uri: `qemu+unix:///system?socket=${socket}`, set },
    stop: () => {
      set(false);
      return stop();
    },
  };
}
