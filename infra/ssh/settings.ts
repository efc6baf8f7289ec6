/** Settings of platform ssh: a machine that exists already and serves as a worker. It publishes nothing. */
import * as z from "zod";
import { count, lifetimeMinutes } from "../fields";
import { hostKey } from "../host-key";
import { jumpHost } from "../jump-host";
import { oneLogin, sshHost, sshLogin, sshUser } from "../ssh-login";

const fields = z.strictObject({
  platform: z.literal("ssh"),
  /** Name or address; behind a jump host as that one knows it. */
  host: sshHost("name the machine"),
  /** @default 22 */
  port: count().max(65535).default(22),
  /** Must be root, or become it without a password. @default root */
  user: sshUser("name the user").default("root"),
  /** OpenSSH public host key, `ssh-ed25519 AAAA...`; always checked. */
  hostKey,
  ...sshLogin,
  /** The machine that it is reached through. @default it is reached by itself */
  jumpHost: jumpHost.exactOptional(),
  /** The agent stops its work after so many minutes; the machine is left on. @default 180 */
  lifetimeMinutes,
});
export const sshWorker = fields.check(oneLogin());
export type SshWorker = z.output<typeof sshWorker>;
