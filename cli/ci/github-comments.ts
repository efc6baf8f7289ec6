/** Comments on a pull request through GitHub's REST API. */
import { setTimeout as pass } from "node:timers/promises";
import { z } from "zod";
import { ForbiddenError, LimitedError, NoCommentError, PassingError, refusal, RefusedError } from "./github-refusals";
import { boundedText } from "../../contract/bounded-text";
import { messageOf } from "../../contract/message-of";

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
  /** @default as long as it says */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

const comments = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ type: z.string(), login: z.string().default("") }).nullish(),
    html_url: z.string(),
  }),
);
type Comment = z.infer<typeof comments>[number];

const REQUEST_TIMEOUT_MS = 30_000;
/** Of one page: a hundred comments of the longest. */
const MOST_ANSWER_BYTES = 64 * 2 ** 20;
/** 10,000 comments: a list that has no end is not followed for ever. */
const MOST_PAGES = 100;
/** From a repository's old name to its new one, and once more. */
const MOST_MOVES = 3;

/** Where GitHub asks for more, the run ends: a job that waits is paid for. */
const LONGEST_WAIT_MS = 15 * 60_000;
/**
 * Makes the comment of the pull request that starts with `marker` say `body`: updates it, or writes it if there is none.
 * Only our own comments count: whoever else writes the marker owns a comment of their own. Each try looks first, so that
 * a comment whose answer was lost is not written twice.
 * @returns the address of the comment
 */
export async function upsertComment(
  api: GithubApi,
  pullRequest: number,
  { marker, body }: { readonly marker: string; readonly body: string },
  { pausesMs = [2_000, 10_000], sleep = pass }: Options = {},
): Promise<string> {
  const issue = `${api.url}/repos/${api.repository}/issues`;
  const write = async (): Promise<Answer> => {
    const there = await findComment(api, `${issue}/${pullRequest}/comments?per_page=100`, marker);
    const updated = there && (await unlessNotOurs(there, request(api, "PATCH", there.url, { body })));
    return updated ?? request(api, "POST", `${issue}/${pullRequest}/comments`, { body });
  };
  for (let tries = 0; ; tries++) {
    try {
      return z.object({ html_url: z.string() }).parse((await write()).answer).html_url;
    } catch (error) {
      const pause = pausesMs[tries];
      if (!(error instanceof PassingError) || pause === undefined) throw error;
      const wait = error instanceof LimitedError ? Math.max(pause, error.until - Date.now()) : pause;
      if (wait > LONGEST_WAIT_MS) throw error;
      await sleep(wait);
    }
  }
}

/** Undefined where the comment was deleted since it was listed, or is another bot's. */
async function unlessNotOurs({ isGuess }: Found, asked: Promise<Answer>): Promise<Answer | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof RefusedError && [404, 410].includes(error.status)) return undefined;
    if (error instanceof ForbiddenError && isGuess) return undefined;
    throw error;
  });
}

interface Found {
  /** Of the comment, for requests. */
  readonly url: string;
  /** True where it is a bot's, and nobody tells whether we are that bot. */
  readonly isGuess: boolean;
}

/** What the token of GitHub Actions writes as. */
const ACTIONS = "github-actions[bot]";

/** The oldest one of ours, should there be several. The token of an app tells nobody whose it is: that of Actions goes first. */
async function findComment(api: GithubApi, first: string, marker: string): Promise<Found | undefined> {
  let url: string | undefined = first;
  let login: string | undefined | null = null;
  let guess: Comment | undefined;
  const found = ({ id }: Comment, isGuess: boolean): Found => ({
    url: `${api.url}/repos/${api.repository}/issues/comments/${id}`,
    isGuess,
  });
  for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
    const { answer, next }: Answer = await request(api, "GET", url);
    const marked = comments.parse(answer).filter(({ body }) => body?.startsWith(marker));
    if (marked.length > 0 && login === null) login = await whoWeAre(api);
    const wanted = (login ?? ACTIONS).toLowerCase();
    const ours = marked.find(({ user }) => user?.login.toLowerCase() === wanted);
    if (ours) return found(ours, false);
    if (login === undefined) guess ??= marked.find(({ user }) => user?.type === "Bot");
    url = next;
  }
  return guess && found(guess, true);
}

/** Undefined for the token of an app, such as that of GitHub Actions: it is no user, and its comments are a bot's. */
async function whoWeAre(api: GithubApi): Promise<string | undefined> {
  try {
    const { answer } = await request(api, "GET", `${api.url}/user`);
    return z.object({ login: z.string() }).parse(answer).login;
  } catch (error) {
    if (error instanceof ForbiddenError || (error instanceof RefusedError && [401, 404].includes(error.status)))
      return undefined;
    throw error;
  }
}

interface Answer {
  readonly answer: unknown;
  /** The next page, if there is one. */
  readonly next?: string;
}

/** GitHub's answers name another place where a repository was renamed: what was asked is asked there. */
async function request(api: GithubApi, method: string, url: string, body?: object, moves = 0): Promise<Answer> {
  const what = `${method} ${url}`;
  // The token goes nowhere else, whatever a link says.
  if (!url.startsWith(`${api.url}/`)) throw new Error(`${what}: it goes on outside of ${api.url}`);
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${api.token}`,
      "x-github-api-version": "2022-11-28",
    },
    redirect: "manual",
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((cause: unknown) => {
    throw new PassingError(`${what}: no answer`, { cause });
  });
  const text = await boundedText(response, MOST_ANSWER_BYTES).catch((cause: unknown) => {
    throw new PassingError(`${what}: the answer broke off: ${messageOf(cause)}`, { cause });
  });
  const moved = [301, 302, 307, 308].includes(response.status) ? response.headers.get("location") : null;
  if (moved !== null) {
    if (moves === MOST_MOVES) throw new NoCommentError(`${what}: is redirected again and again, to ${moved}`);
    return request(api, method, new URL(moved, url).href, body, moves + 1);
  }
  if (!response.ok) throw refusal(what, response, text, Date.now());
  const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  return { answer: parsed(what, text), ...(next === undefined ? {} : { next }) };
}

/** A proxy between may answer with a page of its own. */
function parsed(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PassingError(`${what}: the answer is not GitHub's: ${text.slice(0, 200)}`, { cause });
  }
}
