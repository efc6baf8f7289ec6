/** How a machine is reached over ssh: by itself, or through a jump host. */
import { z } from "zod";

const hop = {
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  user: z.string().min(1),
  privateKey: z.string().min(1).optional(),
  agentSocketPath: z.string().min(1).optional(),
  hostKey: z.string().min(1),
};

/** As an input of resources; `proxy` is what @pulumi/command calls a jump host. */
export const connectionSchema = z.object({ ...hop, proxy: z.object(hop).optional() });

/** One server, whose host key is known beforehand. */
export interface Hop {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private key. Secret. @default an ssh-agent has it */
  readonly privateKey?: string | undefined;
  /** Socket of that agent. @default the environment's (SSH_AUTH_SOCK), of whoever dials */
  readonly agentSocketPath?: string | undefined;
  /** OpenSSH public key of the host, one line. */
  readonly hostKey: string;
}

export interface Endpoint extends Hop {
  /** The jump host that it is reached through, which resolves its name too. @default it is reached by itself */
  readonly proxy?: Hop | undefined;
}

export function hopName({ user, host, port }: Hop): string {
  return `${user}@${host}:${port}`;
}

/** `root@10.0.0.5:22`, and through whom. */
export function endpointName(endpoint: Endpoint): string {
  const { proxy } = endpoint;
  return proxy === undefined ? hopName(endpoint) : `${hopName(endpoint)} (through ${hopName(proxy)})`;
}
