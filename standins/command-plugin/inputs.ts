/**
 * The inputs of the plugin's resources, as schema 1.2.1 of the official provider describes them, and what an input check
 * answers: its failures and its defaults.
 */
import { z } from "zod";
import {
  isRecord,
  isUnknown,
  toSecret,
  unwrap,
  withoutNulls,
  type Asset,
  type WireProperties,
} from "../../provider-kit/wire";

const endpoint = {
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535).default(22),
  user: z.string().min(1).default("root"),
  password: z.string().optional(),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
  hostKey: z.string().optional(),
  agentSocketPath: z.string().optional(),
  /** Dials that may fail before the last error is given; -1: any number. */
  dialErrorLimit: z.number().int().min(-1).default(10),
  /** Seconds for one dial, authentication included; 0: no limit. */
  perDialTimeout: z.number().int().min(0).default(15),
};
const endpointSchema = z.object(endpoint);
export const connectionSchema = z.object({ ...endpoint, proxy: endpointSchema.optional() });
export type Endpoint = z.infer<typeof endpointSchema>;
export type Connection = z.infer<typeof connectionSchema>;

const commandInputs = {
  create: z.string().optional(),
  update: z.string().optional(),
  delete: z.string().optional(),
  stdin: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  triggers: z.array(z.unknown()).optional(),
  logging: z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]).optional(),
  addPreviousOutputInEnv: z.boolean().default(true),
};

/** Inputs that only the official plugin serves: refused by name, not ignored. */
const refused = z.undefined({
  error: "is served by the official plugin only; write the files from the program instead",
});

const local = {
  ...commandInputs,
  dir: z.string().optional(),
  interpreter: z.array(z.string()).min(1).optional(),
  assetPaths: refused.optional(),
  archivePaths: refused.optional(),
};
export const localCommandSchema = z.object(local);
export const localRunSchema = localCommandSchema.extend({ command: z.string() });
export const remoteCommandSchema = z.object({ ...commandInputs, connection: connectionSchema });
export type LocalCommand = z.infer<typeof localCommandSchema>;
export type RemoteCommand = z.infer<typeof remoteCommandSchema>;

const sourceSchema = z.custom<Asset>(isRecord, "must be an asset or an archive").superRefine((source, context) => {
  const problem = sourceProblem(source);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

function sourceProblem(source: Asset): string | undefined {
  if (source.kind !== "asset" && source.kind !== "archive") return "must be an asset or an archive";
  if (source.uri !== undefined) return "must be local: download it first, or let the remote machine do so";
  if (source.parts === true) return "must be a file or a folder, not an archive made of parts";
  return source.path === undefined && source.text === undefined ? "has neither a path nor a text" : undefined;
}

const triggers = z.array(z.unknown()).optional();
export const copyToRemoteSchema = z.object({
  connection: connectionSchema,
  source: sourceSchema,
  remotePath: z.string().min(1),
  triggers,
});
export const copyFileSchema = z.object({
  connection: connectionSchema,
  localPath: z.string().min(1),
  remotePath: z.string().min(1),
  triggers,
});
export type CopyToRemote = z.infer<typeof copyToRemoteSchema>;
export type CopyFile = z.infer<typeof copyFileSchema>;

/**
 * The inputs with the defaults that the official provider stores, so that a stack may go from one plugin to the other
 * without a difference. The connection is secret as a whole.
 */
export function withDefaults(schema: z.ZodType, news: WireProperties): WireProperties {
  const result: Record<string, unknown> = { ...news };
  if ("connection" in news) result["connection"] = toSecret(connectionDefaults(news["connection"]));
  const isCommand = schema === localCommandSchema || schema === remoteCommandSchema;
  if (isCommand && (news["addPreviousOutputInEnv"] ?? null) === null) result["addPreviousOutputInEnv"] = true;
  return result;
}

function connectionDefaults(wire: unknown): unknown {
  if (isUnknown(wire)) return unwrap(wire);
  const connection = unwrap(wire);
  if (!isRecord(connection)) return connection;
  const proxy = unwrap(connection["proxy"]);
  return {
    ...ENDPOINT_DEFAULTS,
    ...withoutNulls(connection),
    ...(isRecord(proxy) ? { proxy: { ...ENDPOINT_DEFAULTS, ...withoutNulls(proxy) } } : {}),
  };
}

const ENDPOINT_DEFAULTS = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };
