/** What GitHub means where it does not do what it was asked, and what a person can do about it. */

/** There is no comment, through no fault of what was asked: what stands in for it is a matter of the caller. */
export class NoCommentError extends Error {
  override readonly name: string = "NoCommentError";
}

/** An answer that may be another one in a moment. */
export class PassingError extends NoCommentError {}

/** We were too fast. */
export class LimitedError extends PassingError {
  constructor(
    what: string,
    /** By the system's clock, ms. */
    readonly until: number,
  ) {
    super(`${what}\nGitHub's rate limit is reached: try again after ${new Date(until).toISOString()}`);
  }
}

/** Another request would be refused too. */
export class RefusedError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The token may not do this here. */
export class ForbiddenError extends NoCommentError {}

/** Source: GitHub docs, "Rate limits for the REST API": a minute at least where the answer says nothing. */
const SHORTEST_LIMIT_MS = 60_000;

/** What an answer that is no success means. */
export function refusal(what: string, response: Response, text: string, now: number): Error {
  const { status } = response;
  const said = `${what}: ${status} ${text.slice(0, 500)}`;
  const limitedUntil = limitEnd(response, text, now);
  if (limitedUntil !== undefined) return new LimitedError(said, limitedUntil);
  if (status >= 500) return new PassingError(said);
  switch (status) {
    case 422:
      // A conversation that was locked in between, by some versions of the server.
      if (/\blocked\b/i.test(text)) return new ForbiddenError(`${said}\n${whyForbidden(text)}`);
      return new RefusedError(said, status);
    case 403:
      return new ForbiddenError(`${said}\n${whyForbidden(text)}`);
    case 401:
      return new RefusedError(`${said}\nGITHUB_TOKEN is not a token that GitHub knows, or not any more`, status);
    case 404:
      return new RefusedError(
        `${said}\nthere is no such pull request, or the token may not see its repository`,
        status,
      );
    default:
      return new RefusedError(said, status);
  }
}

/** Where GitHub says itself what forbids it, no permission of the job would help. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\blocked\b/i, "the conversation is locked: unlock it, or read the preview on the page of the run"],
  [/\barchived\b/i, "the repository is archived: nobody can comment there"],
  [
    /\bSAML\b/,
    "the organization has single sign-on: authorize the token for it (Settings, Developer settings, the token, Configure SSO)",
  ],
  [
    /IP allow list/i,
    "the organization admits certain addresses only: let it admit the runner's, or use a runner inside",
  ],
  [
    /forbids access via|token's lifetime|fine-grained personal access tokens/i,
    "the organization takes no such token: use one of the kind that it takes, or the job's own GITHUB_TOKEN",
  ],
  [
    /\b(user|author) is blocked\b/i,
    "the owner of the repository has blocked whoever the token is of: ask them to end that",
  ],
  [
    /restricted to (collaborators|existing users|prior contributors|users)/i,
    "the repository lets only some people comment for now: end that (Settings, Moderation options), or use a token of one of them",
  ],
  [
    /Enterprise Managed User/i,
    "the token is of a managed user, who may comment in that enterprise's repositories only: use the job's own GITHUB_TOKEN",
  ],
  [/access blocked/i, "GitHub has blocked the repository: its owner was told why"],
  [
    /\bflagged\b/i,
    "GitHub has flagged the account that the token is of: use a token of another, or ask GitHub's support",
  ],
  [/\bsuspended\b/i, "the account that the token is of was suspended: use a token of another"],
  [
    /not accessible by personal access token/i,
    "the token may not comment: give it the permission to write pull requests (classic ones: the scope repo)",
  ],
];

function whyForbidden(text: string): string {
  return (
    FORBIDDEN.find(([words]) => words.test(text))?.[1] ??
    'the token may not comment: the job needs "permissions: pull-requests: write", which GitHub gives to no run ' +
      "for a fork or for Dependabot; those have the preview on the page of the run"
  );
}

/**
 * When we may ask again, if the answer means that we were too fast.
 * Source: GitHub docs, "Rate limits for the REST API": 403 or 429; `retry-after`, else `x-ratelimit-reset` where nothing
 * remains, else a minute at least. Too many comments at once are 422 too, "was submitted too quickly".
 */
function limitEnd({ status, headers }: Response, text: string, now: number): number | undefined {
  const after = headers.get("retry-after");
  const used = headers.get("x-ratelimit-remaining") === "0";
  const limited =
    status === 429 ||
    (status === 403 && (after !== null || used || /rate limit|abuse detection/i.test(text))) ||
    ((status === 403 || status === 422) && /submitted too quickly/i.test(text));
  if (!limited) return undefined;
  if (after !== null) return /^\d+$/.test(after) ? now + Number(after) * 1000 : Date.parse(after) || now;
  const reset = Number(headers.get("x-ratelimit-reset") ?? 0) * 1000;
  return used && reset > 0 ? reset : now + SHORTEST_LIMIT_MS;
}
