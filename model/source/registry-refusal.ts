/** What a registry means with an answer that is no manifest, and what to do. */
import { retryAfterMs } from "../../contract/retry-after";
import type { HttpResponse } from "./http";
import type { ImageReference } from "./reference";

/**
 * Goes on behind the registry's name.
 * @param user whose password it was told
 */
export function refusalOf(
  response: HttpResponse,
  { registry, repository, tag, digest }: ImageReference,
  user?: string,
): string {
  switch (response.status) {
    case 401:
    case 403:
      if (user !== undefined)
        return (
          `refuses ${repository} to ${user} (${response.status}): the password is wrong, or ${user} may not have it; ` +
          `log in again with "podman login ${registry}"`
        );
      return `refuses ${repository} (${response.status}); check that it exists and log in with "podman login ${registry}"`;
    case 404:
      return `has no ${repository}${digest === undefined ? `:${tag}` : `@${digest}`}; check name and tag, or push it`;
    case 429: {
      const wait = retryAfterMs(response.header("retry-after"));
      const when = wait === undefined ? "wait" : `wait ${Math.ceil(wait / 1000)} s`;
      return `answers no more requests for now (429); log in with "podman login ${registry}", or ${when}`;
    }
    default:
      return `answered ${response.status}; try again later, or write the digest into the reference`;
  }
}
