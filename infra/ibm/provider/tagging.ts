/** User tags: IBM Cloud keeps them in a service of their own, by the CRN of what they are on. */
import * as z from "zod";
import { parse } from "../../../contract/schemas/parse";
import { realWait, type Wait } from "../../../provider/wait";
import type { Send } from "./http";

/** `key:value`, as IBM's own tools show tags. */
export type Tags = Readonly<Record<string, string>>;

export interface Tagging {
  of(crn: string): Promise<Tags>;
  attach(crns: readonly string[], tags: Tags): Promise<void>;
  detach(crn: string, tags: Tags): Promise<void>;
}

const PAGE = 1_000;
const page = z.object({ total_count: z.number().default(0), items: z.array(z.object({ name: z.string() })) });
const results = z.object({
  results: z.array(
    z.object({
      resource_id: z.string(),
      is_error: z.boolean().default(false),
      code: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
});

/** A service of its own: what was just made elsewhere may not be known to it yet. */
const KNOWN_MS = 60_000;
const LOOK_MS = 5_000;
const NEVER = new AbortController().signal;

export function openTagging(url: string, send: Send, wait: Wait = realWait): Tagging {
  const change = async (what: "attach" | "detach", crns: readonly string[], tags: Tags): Promise<void> => {
    if (Object.keys(tags).length === 0) return;
    const doing = `${what} tags ${what === "attach" ? "to" : "from"} ${crns.join(", ")}`;
    const body = {
      resources: crns.map((resource_id) => ({ resource_id })),
      tag_names: Object.entries(tags).map(written),
    };
    for (const until = wait.now() + KNOWN_MS; ; await wait.sleep(LOOK_MS, NEVER)) {
      const answer = await send({
        ...{ method: "POST", url: `${url}/v3/tags/${what}`, query: { tag_type: "user" }, doing, body },
        repeatable: true,
      });
      const failed = parse(results, answer, "the answer of the tagging service").results.find(
        ({ is_error: not }) => not,
      );
      if (failed === undefined) return;
      const { code = "no code", message = "no message" } = failed;
      if (/404|not.?found/i.test(`${code} ${message}`) && wait.now() < until) continue;
      throw new Error(`can't ${doing}: ${code}: ${message}`);
    }
  };
  return {
    of: async (crn) => {
      const names: string[] = [];
      for (;;) {
        const answer = await send({
          ...{ method: "GET", url: `${url}/v3/tags`, doing: `read the tags of ${crn}` },
          query: { attached_to: crn, tag_type: "user", limit: String(PAGE), offset: String(names.length) },
        });
        const { items, total_count: total } = parse(page, answer, "the answer of the tagging service");
        names.push(...items.map(({ name }) => name));
        if (items.length === 0 || names.length >= total) return Object.fromEntries(names.map(read));
      }
    },
    attach: (crns, tags) => change("attach", crns, tags),
    detach: (crn, tags) => change("detach", [crn], tags),
  };
}

function written([name, value]: readonly [string, string]): string {
  return value === "" ? name : `${name}:${value}`;
}

function read(tag: string): [string, string] {
  const at = tag.indexOf(":");
  return at === -1 ? [tag, ""] : [tag.slice(0, at), tag.slice(at + 1)];
}

/** The service keeps no capitals: compared without. */
export function sameText(one: string | undefined, other: string | undefined): boolean {
  return one?.toLowerCase() === other?.toLowerCase();
}
