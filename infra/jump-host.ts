/** A jump host (bastion): how machines that have no address of their own for us are reached. */
import * as z from "zod";
import { count } from "./fields";
import { hostKey } from "./host-key";
import { loginAt, oneLogin, sshHost, sshLogin, sshUser } from "./ssh-login";

const fields = z.strictObject({
  /** Name or address, as this machine knows it. It resolves the names of the machines behind it. */
  host: sshHost("name the jump host"),
  /** @default 22 */
  port: count().max(65535).default(22),
  /** Needs no shell there: its sshd forwards to the machines. */
  user: sshUser("name the user"),
  /** OpenSSH public host key, `ssh-ed25519 AAAA...`; always checked. */
  hostKey,
  ...sshLogin,
});
export const jumpHost = fields.check(oneLogin());
export type JumpHost = z.output<typeof jumpHost>;

/** Where the settings have one. */
export interface NamedJumpHost {
  readonly path: string;
  readonly jumpHost: JumpHost;
}

/** The same for a program that runs in another folder. */
export function jumpHostAt<T extends { readonly jumpHost?: JumpHost }>(spec: T, folder: string): T {
  const { jumpHost: jump } = spec;
  if (jump === undefined) return spec;
  return { ...spec, jumpHost: loginAt(jump, folder) };
}

/** Which address of a machine ssh goes to. */
export function addressFor({
  address,
  jumpHost: jump,
}: {
  readonly address?: "public" | "private";
  readonly jumpHost?: JumpHost;
}): "public" | "private" {
  return jump === undefined ? (address ?? "public") : "private";
}

/** Of settings that say both; read before all of them are known to be in order. */
export function addressProblem({
  address,
  jumpHost: jump,
}: {
  readonly address?: unknown;
  readonly jumpHost?: unknown;
}): string | undefined {
  if (jump === undefined || address !== "public") return undefined;
  return "is for machines that ssh reaches by themselves, and jumpHost for those with a private address; leave out one of the two";
}
