/** Hypervisors of this machine, a libvirtd each, reached as others are: over ssh. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../../cli/local/commands";
import { isTaken } from "../../cli/local/daemon";
import { freePort } from "../../contract/testing/free-port";
import { makeKey } from "../../standins/command-plugin/testing/sshd";
import { startLibvirt } from "../../standins/world/hypervisor";
import { startService } from "../../standins/world/process";

export const POOL = "images";

export interface Hypervisor {
  /** As the settings name it. */
  readonly uri: string;
  /** As libvirt's own ssh reads it. */
  readonly virshUri: string;
  /** The folder of its pool. */
  readonly folder: string;
  readonly virsh: (...args: readonly string[]) => string;
  readonly stop: () => Promise<void>;
}

export async function startHypervisors(folder: string, count: number): Promise<Hypervisor[]> {
  mkdirSync(folder);
  const host = makeKey(folder, "host");
  const client = makeKey(folder, "client");
  const keys: Keys = { folder, hostKey: host.publicKey };
  writeFileSync(join(folder, "authorized_keys"), `${client.publicKey}\n`, { mode: 0o600 });
  const hypervisors: Hypervisor[] = [];
  for (let index = 0; index < count; index += 1)
    hypervisors.push(await start(join(folder, `h${index + 1}`), keys, index === 0 ? undefined : join(folder, "h1")));
  return hypervisors;
}

interface Keys {
  readonly folder: string;
  readonly hostKey: string;
}

async function start(folder: string, keys: Keys, like: string | undefined): Promise<Hypervisor> {
  mkdirSync(folder);
  const service = await startLibvirt(folder, [POOL], { ...(like !== undefined && { like }) });
  const { socket, pools, stop } = service;
  const port = await freePort();
  const knownHosts = join(folder, "known_hosts");
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${keys.hostKey}\n`);
  // libvirt's own ssh takes known hosts from nowhere but the user's own.
  const ssh = join(folder, "ssh");
  writeFileSync(ssh, `#!/bin/sh\nexec ssh -o UserKnownHostsFile=${knownHosts} "$@"\n`, { mode: 0o755 });
  const stopSsh = await startSshd(folder, keys, port, join(socket, ".."));
  const at = `qemu+ssh://root@127.0.0.1:${port}/system?keyfile=${join(keys.folder, "client")}`;
  return {
    uri: `${at}&knownhosts=${knownHosts}`,
    virshUri: `${at}&command=${ssh}`,
    folder: join(pools, POOL),
    virsh: (...args) => service.virsh(...args),
    stop: async () => {
      await stopSsh();
      await stop();
    },
  };
}

/** In a mount namespace, where this hypervisor's libvirt is the system's. */
function startSshd(folder: string, keys: Keys, port: number, sockets: string): Promise<() => Promise<void>> {
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${keys.folder}/host`,
    `AuthorizedKeysFile ${keys.folder}/authorized_keys`,
    ...["PermitRootLogin yes", "PasswordAuthentication no", "StrictModes no", "UsePAM no", "PidFile none"],
  ];
  const file = join(folder, "sshd_config");
  writeFileSync(file, `${config.join("\n")}\n`);
  const inNamespace = `mount -t tmpfs none /run
mkdir -p /run/sshd /run/libvirt
mount --bind ${sockets} /run/libvirt
exec /usr/sbin/sshd -D -e -f ${file}`;
  return startService({
    name: "the hypervisor's sshd",
    command: findCommand("unshare"),
    args: ["--mount", "sh", "-euc", inNamespace],
    log: join(folder, "sshd.log"),
    ready: () => isTaken(port),
  });
}
