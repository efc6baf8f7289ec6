/** Lists that a service answers in pages: Nova always may, Neutron where its operator has set a limit. */
import { z } from "zod";
import { parse } from "../../../../contract/schemas/parse";
import type { Cloud } from "./cloud";
import { shown } from "./transport";

const MOST_PAGES = 500;
const linksSchema = z.array(z.object({ rel: z.string(), href: z.string() }));

/**
 * All of a list, to its last page.
 * @param name of the list in the answer, e.g. `servers`; the link to the next page is in `servers_links`
 */
export async function readPages<T>(cloud: Cloud, url: string, name: string, item: z.ZodType<T>): Promise<T[]> {
  const links = `${name}_links`;
  const schema = z.looseObject({ [name]: z.array(z.unknown()), [links]: linksSchema.optional() });
  const all: T[] = [];
  let next: string | undefined = url;
  for (let page = 0; next !== undefined; page += 1) {
    if (page >= MOST_PAGES) throw new Error(`the list of ${name} has more than ${MOST_PAGES} pages`);
    const answer: Readonly<Record<string, unknown>> = await cloud.read(schema, next);
    all.push(...parse(z.array(item), answer[name], `the ${name} of ${shown(url)}`));
    const link: string | undefined = linksSchema.parse(answer[links] ?? []).find(({ rel }) => rel === "next")?.href;
    next = link === undefined ? undefined : beside(url, link);
  }
  return all;
}

/** A link may name another host, or http, where a proxy stands before the service: the token goes to no other address. */
function beside(url: string, link: string): string {
  const next = new URL(url);
  next.search = new URL(link, url).search;
  return next.href;
}
