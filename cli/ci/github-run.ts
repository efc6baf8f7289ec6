/** What GitHub Actions tells a step about its run; all of it is missing elsewhere. */
import { readFileSync } from "node:fs";
import { z } from "zod";

export interface GithubRun {
  /** The commit that people know: the head of the pull request, not the merge that is tried with it. */
  readonly commit?: string;
  readonly runUrl?: string;
  readonly pullRequest?: number;
  /** File whose Markdown is shown on the page of the run. */
  readonly summaryFile?: string;
  /** File that takes `NAME=VALUE` for later steps. */
  readonly outputFile?: string;
}

const event = z.object({
  pull_request: z.object({ number: z.number(), head: z.object({ sha: z.string() }) }).optional(),
});

export function githubRun(env: Readonly<NodeJS.ProcessEnv>): GithubRun {
  const { GITHUB_EVENT_PATH, GITHUB_SHA, GITHUB_STEP_SUMMARY: summaryFile, GITHUB_OUTPUT: outputFile } = env;
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  const pull = GITHUB_EVENT_PATH ? event.parse(JSON.parse(readFileSync(GITHUB_EVENT_PATH, "utf8"))).pull_request : null;
  const commit = pull?.head.sha ?? GITHUB_SHA;
  return {
    ...(commit ? { commit } : {}),
    ...(server && repository && id ? { runUrl: `${server}/${repository}/actions/runs/${id}` } : {}),
    ...(pull ? { pullRequest: pull.number } : {}),
    ...(summaryFile ? { summaryFile } : {}),
    ...(outputFile ? { outputFile } : {}),
  };
}
