/** The services beside VPC: tokens and policies of IAM, tags, resource groups. */
import { randomBytes, randomUUID } from "node:crypto";
import * as z from "zod";
import { ok, type Answer, type ApiCall } from "./call";

/** JSON of IAM's token service, which is not that of the others. */
export function iamRefusal(status: number, errorCode: string, errorMessage: string): Answer {
  return {
    status,
    body: { errorCode, errorMessage, context: { requestId: randomUUID(), url: "https://iam.cloud.ibm.com" } },
  };
}

const SECONDS = 3600;

/** @param form that was posted */
export function giveToken({ world }: Pick<ApiCall, "world">, form: URLSearchParams): Answer {
  if (form.get("grant_type") !== "urn:ibm:params:oauth:grant-type:apikey") {
    return iamRefusal(400, "BXNIM0106E", "Property grant_type is not valid");
  }
  if (form.get("apikey") !== world.apiKey) return iamRefusal(400, "BXNIM0415E", "Provided API key could not be found.");
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = {
    iat: now,
    exp: now + SECONDS,
    account: { valid: true, bss: world.account },
    iam_id: "iam-ServiceId-1",
  };
  const token = `${encode({ alg: "RS256", kid: "1" })}.${encode(claims)}.${randomBytes(8).toString("hex")}`;
  world.tokens.add(token);
  return ok({
    ...{ access_token: token, refresh_token: "not_supported", token_type: "Bearer" },
    ...{ expires_in: SECONDS, expiration: now + SECONDS, scope: "ibm openid" },
  });
}

export function policies({ world, query }: ApiCall): Answer {
  if (query.get("account_id") !== world.account) {
    return {
      status: 403,
      body: { errors: [{ code: "insufficent_permissions", message: "You are not authorized" }], trace: "t" },
    };
  }
  const attribute = (name: string, value: string) => ({ name, value, operator: "stringEquals" });
  const all = [...world.readableBuckets].map((bucket) => ({
    ...{ id: randomUUID(), type: "authorization", state: "active" },
    subjects: [{ attributes: [attribute("serviceName", "is"), attribute("resourceType", "image")] }],
    roles: [{ role_id: "crn:v1:bluemix:public:iam::::serviceRole:Reader" }],
    resources: [
      {
        attributes: [
          attribute("accountId", world.account),
          attribute("serviceName", "cloud-object-storage"),
          ...(world.readableInstance === undefined ? [] : [attribute("serviceInstance", world.readableInstance)]),
          ...(bucket === "*" ? [] : [attribute("resourceType", "bucket"), attribute("resource", bucket)]),
        ],
      },
    ],
  }));
  return ok({ policies: query.get("type") === "authorization" ? all : [] });
}

export function resourceGroups({ world, query }: ApiCall): Answer {
  const resources = world.resourceGroups
    .filter(({ name }) => (query.get("name") ?? name) === name)
    .map((group) => ({ ...group, account_id: world.account, state: "ACTIVE", default: group.name === "Default" }));
  return ok({ resources });
}

const change = z.object({
  resources: z
    .array(z.object({ resource_id: z.string() }))
    .min(1)
    .max(100),
  tag_names: z.array(z.string()).min(1).max(100),
});
/** Source: "Working with tags": letters, digits, white space, `_`, `-`, `.` and `:`, at most 128 characters. */
const TAG = /^[A-Za-z0-9 _.:-]{1,128}$/;

export function tagging({ world, method, path, query, body }: ApiCall): Answer {
  const [, verb] = path;
  if (method === "GET" && verb === undefined) {
    const all = [...(world.tags.get(query.get("attached_to") ?? "") ?? [])];
    const offset = Number(query.get("offset") ?? 0);
    const limit = Math.min(Number(query.get("limit") ?? 100), world.pageSize);
    const items = all.slice(offset, offset + limit).map((name) => ({ name }));
    return ok({ total_count: all.length, offset, limit, items });
  }
  const asked = change.safeParse(body);
  if (!asked.success || (verb !== "attach" && verb !== "detach") || method !== "POST") {
    return { status: 400, body: { errors: [{ code: "invalid_request", message: "the request can't be read" }] } };
  }
  const known = new Set([...world.entries.values()].map(({ json }) => json.crn));
  const results = asked.data.resources.map(({ resource_id: crn }) => {
    const tags = world.tags.get(crn) ?? new Set<string>();
    const wrong = asked.data.tag_names.find((tag) => !TAG.test(tag));
    if (!known.has(crn)) return { resource_id: crn, is_error: true, code: "404", message: "resource not found" };
    if (wrong !== undefined)
      return { resource_id: crn, is_error: true, code: "400", message: `tag ${wrong} is not valid` };
    for (const tag of asked.data.tag_names) {
      // No capitals are kept.
      if (verb === "attach") tags.add(tag.toLowerCase());
      else tags.delete(tag.toLowerCase());
    }
    world.tags.set(crn, tags);
    return { resource_id: crn, is_error: false };
  });
  return ok({ results });
}
