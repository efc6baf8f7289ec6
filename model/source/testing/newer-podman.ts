/** What podman 4.3 refuses and newer builders take: a Containerfile is read as they read it (docs/decisions, 0481). */
import type { Generated } from "./generate-containerfile";

const NEWER_TAKE = [
  // ${NAME-otherwise}
  /Missing ':' in substitution/,
  // FROM 0, where stage 0 has a name.
  /short-name "\d+" did not resolve/,
];

/** @param problem what podman 4.3 said of it */
export function newerTake(problem: string, made: Generated): boolean {
  return NEWER_TAKE.some((pattern) => pattern.test(problem)) || foreseenByNewer(problem, made);
}

/** `COPY --from=$STAGE`: podman 4.3 does not see beforehand which stage that is, newer ones do. */
function foreseenByNewer(problem: string, { text }: Generated): boolean {
  const name = /COPY --from=(\S+): no stage or image found/.exec(problem)?.[1];
  return (
    name !== undefined &&
    /--from="?\$/.test(text) &&
    (/^\d+$/.test(name) || new RegExp(`\\sas\\s(?:.*\\n)*?\\s*${name.replace(/\W/g, "\\$&")}\\s*$`, "im").test(text))
  );
}
