/** The account: its id, its resource groups, and which service may read which bucket. */
import * as z from "zod";
import { UserError } from "../../../contract/user-error";
import { parse } from "../../../contract/schemas/parse";
import type { Send } from "./http";

export interface Account {
  /** 32 hex digits. */
  id(): Promise<string>;
  /** @throws UserError that names those that there are */
  resourceGroup(name: string): Promise<string>;
  /** May the image service read objects of this bucket? @param instance that it is in. @default not known, so any */
  imagesMayRead(bucket: string, instance?: string): Promise<boolean>;
}

const claims = z.object({ account: z.object({ bss: z.string().min(1) }) });
const groups = z.object({ resources: z.array(z.object({ id: z.string(), name: z.string() })) });
const attributes = z.array(z.object({ name: z.string(), value: z.string() }));
const policies = z.object({
  policies: z.array(
    z.looseObject({
      type: z.string().optional(),
      state: z.string().optional(),
      subjects: z.array(z.object({ attributes })).default([]),
      resources: z.array(z.object({ attributes })).default([]),
    }),
  ),
});

export interface AccountOptions {
  readonly iam: string;
  readonly resourceManager: string;
  readonly token: () => Promise<string>;
  readonly send: Send;
}

export function openAccount({ iam, resourceManager, token, send }: AccountOptions): Account {
  let asked: Promise<string> | undefined;
  const id = () => (asked ??= token().then(accountOf));
  return {
    id,
    resourceGroup: async (name) => {
      const query = { account_id: await id() };
      const answer = await send({
        ...{ method: "GET", url: `${resourceManager}/v2/resource_groups`, query, doing: "list resource groups" },
      });
      const { resources } = parse(groups, answer, "the list of resource groups");
      const found = resources.find((group) => group.name === name);
      if (found !== undefined) return found.id;
      const there = resources.map((group) => group.name).join(", ") || "none that this API key sees";
      throw new UserError(`the account has no resource group "${name}"; it has ${there}`);
    },
    imagesMayRead: async (bucket, instance) => {
      const query = { account_id: await id(), type: "authorization" };
      const answer = await send({
        ...{ method: "GET", url: `${iam}/v1/policies`, query, doing: "list authorizations between services" },
      });
      return parse(policies, answer, "the list of authorizations").policies.some((policy) => {
        if (policy.state !== undefined && policy.state !== "active") return false;
        const from = valuesOf(policy.subjects);
        const to = valuesOf(policy.resources);
        const images = from.get("serviceName") === "is" && (from.get("resourceType") ?? "image") === "image";
        const whole = fits(to.get("resource"), bucket);
        const here = instance === undefined || fits(to.get("serviceInstance"), instance);
        return images && to.get("serviceName") === "cloud-object-storage" && whole && here;
      });
    },
  };
}

/** What is not said is all of it; `*` is any text. Source: IAM's API reference, operator `stringMatch`. */
function fits(said: string | undefined, value: string): boolean {
  if (said === undefined) return true;
  const parts = said.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(value);
}

function valuesOf(list: readonly { readonly attributes: z.output<typeof attributes> }[]): ReadonlyMap<string, string> {
  return new Map(list.flatMap(({ attributes: all }) => all.map(({ name, value }) => [name, value] as const)));
}

/** The second part of a token says whose it is; that it is genuine is the services' business. */
function accountOf(token: string): string {
  const text = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  return parse(claims, JSON.parse(text || "{}"), "the token of IBM Cloud").account.bss;
}
