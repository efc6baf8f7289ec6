/** One request as the services see it. */
import * as z from "zod";
import { Refusal } from "./refusal";
import type { World } from "./world";

export interface ApiCall {
  readonly world: World;
  readonly method: string;
  /** Behind the service's base: `["images", "r006-..."]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: object;
}

export const ok = (body: object): Answer => ({ status: 200, body });
export const made = (body: object): Answer => ({ status: 201, body });
export const nothing: Answer = { status: 204 };

/** A body of this shape: what the API does not know is refused, as VPC does. */
export function bodyOf<T>(schema: z.ZodType<T>, { body }: ApiCall): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Refusal(400, "bad_field", issue?.message ?? "the body can't be read", issue?.path.join(".") ?? "");
}

/** Source: the `name` of every prototype in VPC's API reference. */
export const nameSchema = z
  .string()
  .max(63)
  .regex(/^([a-z]|[a-z][-a-z0-9]*[a-z0-9])$/, "the name has characters that names can't have");

/** Names are unique among the kind in a region. */
export function refuseTaken(world: World, kind: string, region: string, name: string): void {
  if (world.all(kind, region).some(({ json }) => json.name === name)) {
    throw new Refusal(400, "validation_unique_failed", `Provided Name (${name}) is not unique`, "name");
  }
}
