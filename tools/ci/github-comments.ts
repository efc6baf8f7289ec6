/** Comments on a pull request through GitHub's REST API. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

export interface GithubApi {
  /** `https://api.github.com`, or that of one's own server. */
  readonly url: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** Needs `pull-requests: write`. */
  readonly token: string;
}

export interface Options {
  /** Between tries, in order; their number is that of the repetitions. @default 2 s, 10 s */
  readonly pausesMs?: readonly number[];
}

const comments = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ type: z.string() }).nullish(),
    html_url: z.string(),
  }),
);
type Comment = z.infer<typeof comments>[number];

const REQUEST_TIMEOUT_MS = 30_000;
/** 10,000 comments: a list that has no end is not followed for ever. */
const MOST_PAGES = 100;

/** An answer that may be another one in a moment. */
class PassingError extends Error {}

/**
 * Makes the comment of the pull request that starts with `marker` say `body`: updates it, or writes it if there is none.
 * Only comments of bots count: whoever else writes the marker owns a comment of their own. Each try looks first, so that
 * a comment whose answer was lost is not written twice.
 * @returns the address of the comment
 */
export async function upsertComment(
  api: GithubApi,
  pullRequest: number,
  { marker, body }: { readonly marker: string; readonly body: string },
  { pausesMs = [2_000, 10_000] }: Options = {},
): Promise<string> {
  const issue = `${api.url}/repos/${api.repository}/issues`;
  for (let tries = 0; ; tries++) {
    try {
      const there = await findComment(api, `${issue}/${pullRequest}/comments?per_page=100`, marker);
      const { answer } = there
        ? await request(api, "PATCH", `${issue}/comments/${there.id}`, { body })
        : await request(api, "POST", `${issue}/${pullRequest}/comments`, { body });
      return z.object({ html_url: z.string() }).parse(answer).html_url;
    } catch (error) {
      const pause = pausesMs[tries];
      if (!(error instanceof PassingError) || pause === undefined) throw error;
      await sleep(pause);
    }
  }
}

/** The oldest one, should there be several. */
async function findComment(api: GithubApi, first: string, marker: string): Promise<Comment | undefined> {
  let url: string | undefined = first;
  for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
    const { answer, next }: Answer = await request(api, "GET", url);
    const found = comments.parse(answer).find(({ body, user }) => user?.type === "Bot" && body?.startsWith(marker));
    if (found) return found;
    url = next;
  }
  return undefined;
}

interface Answer {
  readonly answer: unknown;
  /** The next page, if there is one. */
  readonly next?: string;
}

async function request(api: GithubApi, method: string, url: string, body?: object): Promise<Answer> {
  const what = `${method} ${url}`;
  // The token goes nowhere else, whatever a link says.
  if (!url.startsWith(`${api.url}/`)) throw new Error(`${what}: the list goes on outside of ${api.url}`);
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${api.token}`,
      "x-github-api-version": "2022-11-28",
    },
    redirect: "error",
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((cause: unknown) => {
    throw new PassingError(`${what}: no answer`, { cause });
  });
  const text = await response.text().catch((cause: unknown) => {
    throw new PassingError(`${what}: the answer broke off`, { cause });
  });
  if (!response.ok) throw refusal(what, response, text);
  const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  return { answer: JSON.parse(text) as unknown, ...(next === undefined ? {} : { next }) };
}

function refusal(what: string, { status }: Response, text: string): Error {
  const said = `${what}: ${status} ${text.slice(0, 500)}`;
  if (status >= 500 || status === 429) return new PassingError(said);
  if (status !== 401 && status !== 403) return new Error(said);
  return new Error(
    `${said}\nthe token may not comment: the job needs "permissions: pull-requests: write", which GitHub gives to no run ` +
      "for a fork or for Dependabot; those have the preview on the page of the run",
  );
}
