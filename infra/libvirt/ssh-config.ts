/**
 * What ssh goes by for a hypervisor, and the libvirt plugin, which makes workers and boot checks, does not: found beforehand, since
 * all else reaches the hypervisor by ssh. Source: terraform-provider-libvirt 0.8.3, libvirt/uri/ssh.go.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import * as path from "node:path";
import type { Run } from "./api";
import { hypervisor } from "./provider/image/hypervisor";
import { hasMatch, isLeftAside, withoutUnread } from "./ssh-includes";
import { parseLibvirtUri, type LibvirtUri } from "./provider/image/uri";

/** What `ssh -G` says of a host. */
export interface SshAnswers {
  /** With no file at all, with the user's own alone, and as ssh is called. */
  readonly bare: string;
  readonly own: string;
  readonly all: string;
  /** The user's own file; undefined if there is none. */
  readonly file: string | undefined;
  /** The plugin's reader leaves the user's own file aside as a whole. @default as that file itself has it */
  readonly leftAside?: boolean;
  /** User at the jump host, where there is one. */
  readonly jumpUser: string | undefined;
}

export interface Missed {
  readonly problem: string;
  readonly remedy: string;
}

/** By ssh's names: what to do where the plugin doesn't know of it. */
const REMEDIES: Readonly<Record<string, string>> = {
  hostname: "write that name as the host of the URI",
  port: "write the one port into the URI, and take the other out",
  identityfile: "add keyfile=PATH to the URI",
  userknownhostsfile: "add knownhosts=PATH to the URI",
  proxyjump: "name one host there that has no user or port, and whose User is that of the URI",
  proxycommand: "write ProxyJump instead",
  hostkeyalias: "add the host key to known_hosts by the host's own name",
  identityagent: "set SSH_AUTH_SOCK to it where pulumi runs",
  certificatefile: "let the hypervisor take the key by itself (authorized_keys)",
};

const NEVER_READ = ["proxycommand", "hostkeyalias", "identityagent", "certificatefile", "userknownhostsfile"];
const READ = ["hostname", "port", "identityfile", "proxyjump"];

export async function missedByPlugin(uri: string, run: Run): Promise<Missed | undefined> {
  const parsed = parseLibvirtUri(uri);
  if (parsed.host === undefined) return undefined;
  const answers = await ask(parsed.host.name, run);
  return answers && missed(parsed, hypervisor(uri).user, answers);
}

/** Undefined where ssh doesn't say: what is wrong then is said by whoever calls it. */
async function ask(host: string, run: Run): Promise<SshAnswers | undefined> {
  const config = path.join(homedir(), ".ssh", "config");
  const file = await readFile(config, "utf8").catch(() => undefined);
  try {
    const told = (...options: readonly string[]) => run("ssh", ["-G", ...options, "--", host]);
    const bare = await told("-F", "none");
    const leftAside = file !== undefined && (await isLeftAside(file, path.dirname(config)));
    const [own, all] = [file === undefined || leftAside ? bare : await asRead(file, config, told), await told()];
    const [jump] = values(all, "proxyjump");
    const ofJump = jump === undefined || jump.startsWith("-") ? "" : await run("ssh", ["-G", "--", jump]);
    return { bare, own, all, file, leftAside, jumpUser: values(ofJump, "user")[0] };
  } catch {
    return undefined;
  }
}

/** What ssh says by the user's own file, without what the plugin does not find through it. */
async function asRead(file: string, config: string, told: (...options: readonly string[]) => Promise<string>) {
  const read = withoutUnread(file);
  if (read === file) return told("-F", config);
  const folder = await mkdtemp(path.join(tmpdir(), "copr-builders-ssh-"));
  try {
    const copy = path.join(folder, "config");
    await writeFile(copy, read, { mode: 0o600 });
    return await told("-F", copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function missed(uri: LibvirtUri, user: string | undefined, answers: SshAnswers): Missed | undefined {
  const { bare, own, all, file, jumpUser } = answers;
  const hidden = answers.leftAside ?? (file !== undefined && hasMatch(file));
  const plugins = hidden ? bare : own;
  const differs = (name: string, one: string, other: string): boolean =>
    values(one, name).join("\n") !== values(other, name).join("\n");
  const says = (name: string): boolean => {
    const { keyfile, auth = keyfile === undefined ? undefined : "privkey", knownHosts, host } = uri;
    switch (name) {
      // What the URI says counts for ssh. The plugin would rather go by the file.
      case "port":
        if (host?.port === undefined) return differs(name, all, plugins);
        return differs(name, plugins, bare) && values(plugins, name)[0] !== String(host.port);
      case "identityfile":
        return keyfile === undefined && auth !== "agent" && differs(name, all, plugins);
      case "identityagent":
        return (
          auth !== "privkey" && differs(name, all, bare) && !/^(none|SSH_AUTH_SOCK)$/.test(values(all, name)[0] ?? "")
        );
      case "userknownhostsfile":
        return knownHosts === undefined && differs(name, all, bare);
      case "proxyjump": {
        const [jump] = values(all, name);
        return jump !== undefined && (differs(name, all, plugins) || /[@:,]/.test(jump) || jumpUser !== user);
      }
      default:
        return differs(name, all, NEVER_READ.includes(name) ? bare : plugins) && values(all, name)[0] !== "none";
    }
  };
  const names = [...READ, ...NEVER_READ].filter(says);
  if (names.length === 0) return undefined;
  const match = hidden ? "; it reads nothing of a ~/.ssh/config that has a Match, or includes a file that has one" : "";
  return {
    problem: `ssh's configuration says ${names.join(", ")} of ${uri.host?.name ?? ""}, which the libvirt plugin doesn't go by, and guests are made by it${match}`,
    remedy: names.map((name) => `${name}: ${REMEDIES[name] ?? "take it out"}`).join("; "),
  };
}

function values(answer: string, name: string): string[] {
  return answer.split("\n").flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
}
