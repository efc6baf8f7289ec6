/** Application credentials of ours that may make some calls and no others: Keystone's access rules. */
import { z } from "zod";
import type { Cloud } from "./cloud";
import type { Token } from "./token";

export interface Rule {
  /** Type of the service, as the catalog has it. */
  readonly service: string;
  readonly method: string;
  /** As the service sees it, with what its address has before the version. */
  readonly path: string;
}

export interface NewCredential {
  /** Of the user's there is one of a name. */
  readonly name: string;
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
  readonly rules: readonly Rule[];
}

export interface Credentials {
  /** Does this Keystone know access rules? Asks only. */
  areServed(): Promise<boolean>;
  create(credential: NewCredential): Promise<{ readonly id: string; readonly secret: string }>;
  /** Those whose names begin so, with their tokens, and the rules of these paths; what is gone is deleted. */
  remove(namesBegin: string, rules: readonly Rule[]): Promise<void>;
}

const madeSchema = z.object({ application_credential: z.object({ id: z.string(), secret: z.string() }) });
const listSchema = z.object({ application_credentials: z.array(z.object({ id: z.string(), name: z.string() })) });
const rulesSchema = z.object({
  access_rules: z.array(z.object({ id: z.string(), service: z.string(), method: z.string(), path: z.string() })),
});

/** Of a Keystone from before 2019; or its policy keeps them to itself. */
const UNKNOWN = [403, 404];

/** Where Keystone has what is a user's own. The catalog may name it with a version or without. */
export function ofUser({ access }: Pick<Cloud, "access">, { id }: Token["user"]): string {
  return `${access.authUrl.replace(/\/v[\d.]+$/, "")}/v3/users/${encodeURIComponent(id)}`;
}

export function credentialsOf(cloud: Cloud): Credentials {
  const url = async (path: string) => `${ofUser(cloud, (await cloud.token()).user)}/${path}`;
  const one = async (kind: string, id: string) => url(`${kind}/${encodeURIComponent(id)}`);
  return {
    areServed: async () => (await cloud.ask(await url("access_rules"), { accept: UNKNOWN })).status === 200,
    create: async ({ name, description, endsAt, rules }) => {
      const json = {
        application_credential: {
          ...{ name, description, unrestricted: false, access_rules: rules },
          expires_at: new Date(endsAt).toISOString().replace(/\.\d+Z$/, "Z"),
        },
      };
      const made = await cloud.read(madeSchema, await url("application_credentials"), { method: "POST", json });
      return made.application_credential;
    },
    remove: async (namesBegin, rules) => {
      const { application_credentials: all } = await cloud.read(listSchema, await url("application_credentials"));
      for (const { id } of all.filter(({ name }) => name.startsWith(namesBegin)))
        await cloud.ask(await one("application_credentials", id), { method: "DELETE", accept: [404] });
      // Keystone keeps a credential's rules when that is deleted; one that another credential still has is refused.
      const { access_rules: kept } = await cloud.read(rulesSchema, await url("access_rules"));
      const isOurs = (rule: Rule): boolean =>
        rules.some(({ service, method, path }) => {
          return rule.service === service && rule.method === method && rule.path === path;
        });
      for (const rule of kept.filter(isOurs))
        await cloud.ask(await one("access_rules", rule.id), { method: "DELETE", accept: UNKNOWN });
    },
  };
}
