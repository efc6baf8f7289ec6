/** What reaches a cloud: who we are there, for which project, in which region. Every mistake is named, all at once. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { pathOf, pathText } from "../../../../contract/schemas/parse";
import { UserError } from "../../../../contract/user-error";
import { repositoryRoot } from "../../../../provider/project";
import { startFolder } from "../../../../provider/relative-paths";
import { findEntry, OF_ENVIRONMENT, type Entry, type Environment, type Looked } from "./clouds-yaml";
import { inRegion } from "./regions";
import { entrySchema, type EntryFields } from "./entry-schema";
import type { Interface, Proof, Reference } from "./proof";

/** Which cloud, as settings say it. */
export interface CloudChoice {
  /** Entry of clouds.yaml, or `envvars` for the variables OS_*. */
  readonly cloud: string;
  /** Instead of what the entry says. */
  readonly authUrl?: string;
  readonly region?: string;
  /** Name or id. */
  readonly project?: string;
}

export interface Tls {
  /** PEM. @default what node trusts */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Is the server's certificate checked? */
  readonly verify: boolean;
}

export interface Access {
  /** As the settings call it. */
  readonly cloud: string;
  /** Where its credentials stand, for people. */
  readonly from: string;
  readonly authUrl: string;
  readonly proof: Proof;
  /** What the token is for; an application credential says it by itself. */
  readonly project?: Reference;
  /** Name or id of the project that settings want, which an application credential may not be of. */
  readonly wanted?: string;
  readonly region?: string;
  readonly face: Interface;
  /** Addresses that stand in for those of the catalog, by type of service. @default none */
  readonly endpoints?: Readonly<Record<string, string>>;
  /** Where one service is otherwise than the rest, by its type. @default none */
  readonly services?: EntryFields["services"];
  readonly tls: Tls;
  /** Paths of the TLS files, for programs that read them by themselves. */
  readonly files: { readonly cacert?: string; readonly cert?: string; readonly key?: string };
}

/** Where clouds.yaml is looked for: where pulumi was started, this repository, the user's folders, the machine's. */
export function usualFolders(env: Environment): readonly string[] {
  const home = join(env.HOME ?? homedir(), ".config");
  const users = [...(env.XDG_CONFIG_HOME ? [env.XDG_CONFIG_HOME] : []), home].map((folder) =>
    join(folder, "openstack"),
  );
  return [...new Set([startFolder(), repositoryRoot(), ...users, "/etc/openstack"])];
}

/** @throws UserError of everything that is wrong with it */
export function readAccess(choice: CloudChoice, looked: Looked = usual()): Access {
  const { cloud } = choice;
  const entry = cloud === OF_ENVIRONMENT ? ofEnvironment(looked.env) : findEntry(cloud, looked);
  const prefix = cloud === OF_ENVIRONMENT ? [] : ["clouds", cloud];
  const read = entrySchema.safeParse(overridden(inRegion(entry, cloud, choice.region), choice));
  if (read.success) return toAccess(choice, entry.file, read.data);
  const lines = read.error.issues.map((issue) => `  ${pathText([...prefix, ...pathOf(issue)])}: ${issue.message}`);
  throw new UserError(`${entry.file} does not say how to log in:\n${lines.join("\n")}`);
}

function usual(): Looked {
  return { env: process.env, folders: usualFolders(process.env) };
}

/** As openstacksdk makes an entry of them. */
function ofEnvironment(env: Environment): Entry {
  const auth: Record<string, string> = {};
  const fields: Record<string, unknown> = { auth };
  const own: Readonly<Record<string, string>> = {
    ...{ AUTH_TYPE: "auth_type", REGION_NAME: "region_name", INTERFACE: "interface", ENDPOINT_TYPE: "interface" },
    IDENTITY_API_VERSION: "identity_api_version",
    ...{ CACERT: "cacert", CERT: "cert", KEY: "key", VERIFY: "verify" },
  };
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("OS_") || !value) continue;
    const short = name.slice("OS_".length);
    const field = own[short];
    if (field !== undefined) fields[field] ??= value;
    else if (/_ENDPOINT_OVERRIDE$/.test(short)) fields[short.toLowerCase()] = value;
    else if (short !== "CLOUD" && !short.startsWith("CLIENT_")) auth[short.toLowerCase()] = value;
  }
  if (/^(1|true|yes)$/i.test(env.OS_INSECURE ?? "")) fields.verify = "false";
  return { file: "the environment (OS_*)", fields };
}

function overridden(fields: Entry["fields"], { authUrl, region, project }: CloudChoice): Entry["fields"] {
  const auth = { ...(typeof fields.auth === "object" ? fields.auth : {}) } as Record<string, unknown>;
  if (authUrl !== undefined) auth.auth_url = authUrl;
  // An application credential is of its own project: whether that is this one is seen by its token.
  if (project !== undefined && auth.application_credential_secret === undefined) {
    for (const field of ["project_id", "project_name", "tenant_id", "tenant_name"]) delete auth[field];
    auth[/^[0-9a-f]{32}$/.test(project) ? "project_id" : "project_name"] = project;
  }
  return { ...fields, auth, ...(region === undefined ? {} : { region_name: region }) };
}

function toAccess({ cloud, project: wanted }: CloudChoice, from: string, fields: EntryFields): Access {
  const { proof, project, authUrl, region, face, endpoints, services, verify, cacert, cert, key } = fields;
  return {
    ...{ cloud, from, authUrl, proof, face, endpoints, services },
    ...(wanted === undefined ? {} : { wanted }),
    ...(project === undefined ? {} : { project }),
    ...(region === undefined ? {} : { region }),
    tls: {
      verify,
      ...pem("ca", cacert, from),
      ...pem("cert", cert, from),
      ...pem("key", key, from),
    },
    files: {
      ...(cacert === undefined ? {} : { cacert: absolute(cacert) }),
      ...(cert === undefined ? {} : { cert: absolute(cert) }),
      ...(key === undefined ? {} : { key: absolute(key) }),
    },
  };
}

function pem(
  field: "ca" | "cert" | "key",
  file: string | undefined,
  from: string,
): Partial<Record<typeof field, string>> {
  if (file === undefined) return {};
  try {
    return { [field]: readFileSync(absolute(file), "utf8") };
  } catch (cause) {
    throw new UserError(`${from} names the file ${file}, which can't be read`, { cause });
  }
}

function absolute(file: string): string {
  return resolve(file.startsWith("~/") ? join(homedir(), file.slice(2)) : file);
}

export const choiceSchema = z.object({
  cloud: z.string().min(1),
  authUrl: z.url().exactOptional(),
  region: z.string().min(1).exactOptional(),
  project: z.string().min(1).exactOptional(),
});
