/** Keystone's token: asked for when it is needed, and again before it ends or when the cloud does not take it any more. */
import { z } from "zod";
import { UserError } from "../../../../contract/user-error";
import { parse } from "../../../../contract/schemas/parse";
import type { Access } from "./access";
import type { DomainReference, Proof, Reference } from "./proof";

const endpointSchema = z.object({
  interface: z.string().nullish(),
  region_id: z.string().nullish(),
  region: z.string().nullish(),
  url: z.string().nullish(),
});
/** One that says no address is none: operators leave such ones. */
const endpointsSchema = z
  .array(endpointSchema)
  .nullish()
  .transform((all) =>
    (all ?? []).flatMap(({ url, interface: face, ...where }) =>
      url ? [{ ...where, url, interface: face ?? "" }] : [],
    ),
  );
const named = z.object({ id: z.string(), name: z.string() });

const tokenSchema = z.object({
  token: z.object({
    expires_at: z.string(),
    user: named,
    project: named.optional(),
    roles: z.array(z.object({ name: z.string() })).default([]),
    catalog: z.array(z.object({ type: z.string(), endpoints: endpointsSchema })).default([]),
    application_credential: z
      .looseObject({ id: z.string().optional(), restricted: z.boolean().default(true) })
      .optional(),
  }),
});
type Body = z.output<typeof tokenSchema>["token"];

export interface Token {
  /** Secret. */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
  readonly user: Body["user"];
  readonly project: Body["project"];
  readonly roles: readonly string[];
  readonly catalog: Body["catalog"];
  /** Id of the application credential that it was had with. */
  readonly credential: string | undefined;
  /** It was had with one that makes no others. */
  readonly restricted: boolean;
}

/** What `POST /v3/auth/tokens` is sent. */
export function loginBody({ proof, project }: Pick<Access, "proof" | "project">): string {
  // An application credential says by itself which project it is of.
  const isScoped = project === undefined || proof.method === "application_credential";
  const scope = isScoped ? {} : { scope: { project: reference(project) } };
  return JSON.stringify({
    auth: { identity: { methods: [proof.method], [proof.method]: proofBody(proof) }, ...scope },
  });
}

function proofBody(proof: Proof): object {
  switch (proof.method) {
    case "password":
      return { user: { ...reference(proof.user), password: proof.password } };
    case "token":
      return { id: proof.token };
    case "application_credential": {
      const user = proof.user === undefined ? {} : { user: reference(proof.user) };
      return { ...reference(proof.credential), ...user, secret: proof.secret };
    }
  }
}

function reference(one: Reference | DomainReference): object {
  if ("id" in one) return { id: one.id };
  const domain = "domain" in one ? one.domain : undefined;
  return { name: one.name, ...(domain === undefined ? {} : { domain: reference(domain) }) };
}

/** @throws where Keystone's answer is none */
export function readToken(secret: string | undefined, text: string): Token {
  if (secret === undefined) throw new Error("Keystone's answer has no X-Subject-Token");
  const { token } = parse(tokenSchema, JSON.parse(text), "Keystone's answer");
  const { user, project, roles, catalog, application_credential: credential } = token;
  return {
    ...{ secret, user, project, catalog },
    endsAt: timeOf(token.expires_at),
    roles: roles.map(({ name }) => name),
    credential: credential?.id,
    restricted: credential?.restricted ?? false,
  };
}

/**
 * Milliseconds since 1970. Keystone's times are in UTC, whether they say so or not.
 * @throws where it is none: a token that nobody knows the end of would be asked for again with each call
 */
function timeOf(text: string): number {
  const [, day = "", time = "", hours = "Z", minutes = ""] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([+-]\d\d):?(\d\d)?)?$/i.exec(text.trim()) ?? [];
  const zone = hours === "Z" ? "Z" : `${hours}:${minutes === "" ? "00" : minutes}`;
  const ms = Date.parse(`${day}T${time}${zone}`);
  if (Number.isNaN(ms)) throw new Error(`Keystone's answer: token.expires_at: ${JSON.stringify(text)} is no time`);
  return ms;
}

/** @throws UserError where the credentials are of another project than settings want: images would be made there */
export function refuseOtherProject({ project }: Token, { wanted, from }: Pick<Access, "wanted" | "from">): void {
  if (wanted === undefined || wanted === project?.id || wanted === project?.name) return;
  const found = project === undefined ? "no project" : `project ${project.name} (${project.id})`;
  throw new UserError(
    `the credentials of ${from} are of ${found}, and the settings want project ${wanted}: ` +
      'leave "project" out of the settings, or take credentials of that one',
  );
}
