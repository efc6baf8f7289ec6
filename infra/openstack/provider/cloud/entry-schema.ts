/** An entry of clouds.yaml, as far as it is used here; what else it says is for other programs. */
import { z } from "zod";
import type { Interface, Proof, Reference } from "./proof";

/** YAML makes numbers of digits. */
const text = z
  .union([z.string(), z.number()], { error: "must be a text" })
  .transform(String)
  .pipe(z.string().min(1, "is empty"))
  .optional();

const domains = {
  user_domain_id: text,
  user_domain_name: text,
  project_domain_id: text,
  project_domain_name: text,
  default_domain: text,
  default_domain_id: text,
  default_domain_name: text,
};

const authFields = {
  auth_url: text,
  username: text,
  user_name: text,
  user_id: text,
  password: text,
  project_id: text,
  project_name: text,
  tenant_id: text,
  tenant_name: text,
  ...domains,
  token: text,
  auth_token: text,
  trust_id: text,
  application_credential_id: text,
  application_credential_name: text,
  application_credential_secret: text,
};
const authSchema = z.looseObject(authFields);
type Auth = z.output<typeof authSchema>;

const ADDRESS = "write Keystone's, e.g. https://cloud.example.org:5000/v3";

const FACES: Readonly<Record<string, Interface>> = {
  ...{ public: "public", publicurl: "public", internal: "internal", internalurl: "internal" },
  ...{ admin: "admin", adminurl: "admin" },
};

const flag = z.stringbool({ error: "must be true or false" });

const shape = z.looseObject({
  auth: authSchema.default({}),
  // Each may stand beside `auth` as well.
  ...authFields,
  auth_type: text,
  auth_plugin: text,
  region_name: text,
  interface: text,
  endpoint_type: text,
  identity_api_version: text,
  verify: flag.default(true),
  insecure: flag.default(false),
  cacert: text,
  cert: text,
  key: text,
});

/** Of one service. */
export interface OwnWay {
  readonly face?: Interface;
  readonly region?: string;
}

export interface EntryFields {
  readonly authUrl: string;
  readonly proof: Proof;
  readonly project: Reference | undefined;
  readonly region: string | undefined;
  readonly face: Interface;
  /** By type of service, with `-` for `_`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Likewise: a service whose interface or region is not the others'. */
  readonly services: Readonly<Record<string, OwnWay>>;
  readonly verify: boolean;
  readonly cacert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

type Method = Proof["method"];
const METHODS: Readonly<Record<string, Method>> = {
  ...{ password: "password", v3password: "password", token: "token", v3token: "token" },
  ...{ v3applicationcredential: "application_credential", application_credential: "application_credential" },
};

export const entrySchema = shape.transform((entry, context): EntryFields => {
  const problem = (path: readonly string[], message: string): void => {
    context.addIssue({ code: "custom", path: [...path], message });
  };
  const inAuth = (field: string, message: string): void => {
    problem(["auth", field], message);
  };
  const given: Auth = { ...besideAuth(entry), ...entry.auth };
  const auth: Auth = {
    ...given,
    username: given.username ?? given.user_name,
    token: given.token ?? given.auth_token,
  };
  if (auth.trust_id !== undefined) inAuth("trust_id", "a trust is not served here; use an application credential");
  if (entry.identity_api_version !== undefined && !/^v?3/.test(entry.identity_api_version)) {
    problem(["identity_api_version"], `${entry.identity_api_version} is not served here; Keystone's version is 3`);
  }
  const authUrl = auth.auth_url ?? "";
  if (authUrl === "") inAuth("auth_url", `missing; ${ADDRESS}`);
  else if (!/^https?:\/\/[^/]/.test(authUrl) || !URL.canParse(authUrl))
    inAuth("auth_url", `is not an address; ${ADDRESS}`);
  const named = entry.auth_type ?? entry.auth_plugin;
  const method = methodOf(named, auth);
  if (method === undefined) {
    const served = "password, v3applicationcredential or v3token";
    problem(["auth_type"], `${named ?? ""} is not served here; use ${served}`);
  }
  const face = FACES[(entry.interface ?? entry.endpoint_type ?? "public").toLowerCase()];
  if (face === undefined) problem(["interface"], "is none of public, internal and admin");
  const proof = proofOf(method ?? "password", auth, inAuth);
  const project = projectOf(auth);
  if (proof.method === "application_credential" && project !== undefined && !("id" in project)) {
    inAuth("project_name", "an application credential is of one project already; leave the project out");
  }
  if (proof.method !== "application_credential" && project === undefined) {
    inAuth("project_name", "missing; name the project that images and machines are in, or give its project_id");
  }
  return {
    authUrl: authUrl.replace(/\/+$/, ""),
    proof,
    project: proof.method === "application_credential" ? undefined : project,
    region: entry.region_name,
    face: face ?? "public",
    endpoints: endpointsOf(entry, problem),
    services: servicesOf(entry, problem),
    verify: entry.verify && !entry.insecure,
    ...{ cacert: entry.cacert, cert: entry.cert, key: entry.key },
  };
});

const OVERRIDE = /^(.+)_endpoint_override$/;

/** `image_endpoint_override: https://...`, for clouds whose catalog has addresses that are not reached from everywhere. */
function endpointsOf(
  entry: Readonly<Record<string, unknown>>,
  problem: (path: readonly string[], message: string) => void,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [field, value] of Object.entries(entry)) {
    const type = OVERRIDE.exec(field)?.[1];
    if (type === undefined || value === null) continue;
    if (typeof value === "string" && /^https?:\/\/[^/]/.test(value) && URL.canParse(value)) {
      found[type.replaceAll("_", "-")] = value.replace(/\/+$/, "");
    } else problem([field], "is not an address; write that of the service, or leave it out");
  }
  return found;
}

const OWN_WAY = /^(.+)_(interface|region_name)$/;

/** `image_interface: internal`, `compute_region_name: east`. */
function servicesOf(
  entry: Readonly<Record<string, unknown>>,
  problem: (path: readonly string[], message: string) => void,
): Record<string, OwnWay> {
  const found: Record<string, OwnWay> = {};
  for (const [field, value] of Object.entries(entry)) {
    const [, service = "", what] = OWN_WAY.exec(field) ?? [];
    if (what === undefined || typeof value !== "string") continue;
    const type = service.replaceAll("_", "-");
    const face = FACES[value.toLowerCase()];
    if (what === "region_name") found[type] = { ...found[type], region: value };
    else if (face !== undefined) found[type] = { ...found[type], face };
    else problem([field], "is none of public, internal and admin");
  }
  return found;
}

function besideAuth(entry: z.output<typeof shape>): Partial<Auth> {
  const found = Object.keys(authFields).flatMap((field) => (entry[field] === undefined ? [] : [[field, entry[field]]]));
  return Object.fromEntries(found) as Partial<Auth>;
}

function methodOf(named: string | undefined, auth: Auth): Method | undefined {
  if (named !== undefined) return METHODS[named];
  if (auth.application_credential_secret !== undefined) return "application_credential";
  return auth.token !== undefined && auth.password === undefined ? "token" : "password";
}

/** What is missing is named; what is returned then is not used. */
function proofOf(method: Method, auth: Auth, problem: (field: string, message: string) => void): Proof {
  const needed = (field: string, remedy: string): string => {
    const value = auth[field];
    if (typeof value === "string") return value;
    problem(field, `missing; ${remedy}`);
    return "";
  };
  switch (method) {
    case "token":
      checkDomain(auth, projectOf(auth), "project", problem);
      return { method, token: needed("token", "give the token, or log in with a password") };
    case "password": {
      const user = userOf(auth);
      if (user === undefined) needed("username", "name the user, or give its user_id");
      checkDomain(auth, user, "user", problem);
      checkDomain(auth, projectOf(auth), "project", problem);
      const password = needed("password", "write it into secure.yaml, which only you can read");
      return { method, user: user ?? { name: "" }, password };
    }
    case "application_credential": {
      const { application_credential_id: id, application_credential_name: name } = auth;
      const user = userOf(auth);
      if (id === undefined && name === undefined)
        needed("application_credential_id", "give its id, or its name and the user");
      if (id === undefined && user === undefined)
        needed("username", "whose credential it is; or give application_credential_id");
      if (id === undefined) checkDomain(auth, user, "user", problem);
      const secret = needed("application_credential_secret", "it is shown once, when the credential is made");
      if (id !== undefined) return { method, credential: { id }, secret };
      return { method, credential: { name: name ?? "" }, secret, ...(user === undefined ? {} : { user }) };
    }
  }
}

function checkDomain(
  auth: Auth,
  of: Reference | undefined,
  what: "user" | "project",
  problem: (field: string, message: string) => void,
): void {
  if (of === undefined || "id" in of || of.domain !== undefined) return;
  problem(`${what}_domain_name`, `missing; the name "${of.name}" is of some domain, most often Default`);
}

function userOf(auth: Auth): Reference | undefined {
  if (auth.user_id !== undefined) return { id: auth.user_id };
  return auth.username === undefined ? undefined : named(auth.username, auth, "user");
}

function projectOf(auth: Auth): Reference | undefined {
  const id = auth.project_id ?? auth.tenant_id;
  if (id !== undefined) return { id };
  const name = auth.project_name ?? auth.tenant_name;
  return name === undefined ? undefined : named(name, auth, "project");
}

function named(name: string, auth: Auth, what: "user" | "project"): Reference {
  const id = auth[`${what}_domain_id`] ?? auth.default_domain_id ?? auth.default_domain;
  if (id !== undefined) return { name, domain: { id } };
  const domain = auth[`${what}_domain_name`] ?? auth.default_domain_name;
  return domain === undefined ? { name } : { name, domain: { name: domain } };
}
