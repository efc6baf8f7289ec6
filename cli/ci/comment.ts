/**
 * `npm run comment -- --stack STACK --markdown FILE`: FILE, as `npm run preview` wrote it, becomes the one comment of its
 * stack on the pull request that GitHub Actions runs for. Needs GITHUB_TOKEN. Where there can be no comment (a fork's token, a
 * locked conversation, a rate limit that stays), the page of the run has it instead, with the reason.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { upsertComment, type Options } from "./github-comments";
import { NoCommentError } from "./github-refusals";
import { githubRun } from "./github-run";
import { marker } from "./markdown";
import { codeBlock } from "./markdown-parts";
import { runMain, UsageError } from "./run-main";

const USAGE = "usage: npm run comment -- --stack STACK --markdown FILE";

export interface CommentOptions extends Options {
  readonly stack: string;
  readonly markdown: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/**
 * @returns the address of the comment, or what stands in for it, in words
 * @throws NoCommentError if nothing can stand in for it
 */
export async function comment({ stack, markdown, env, ...options }: CommentOptions): Promise<string> {
  const { pullRequest, summaryFile } = githubRun(env);
  if (pullRequest === undefined) throw new Error("this is no run for a pull request: there is nothing to comment on");
  const { GITHUB_API_URL: url = "https://api.github.com", GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
  if (!repository || !token)
    throw new Error("GITHUB_REPOSITORY and GITHUB_TOKEN say where to comment and who; one is missing");
  const body = readFileSync(markdown, "utf8");
  try {
    return await upsertComment({ url, repository, token }, pullRequest, { marker: marker(stack), body }, options);
  } catch (error) {
    if (!(error instanceof NoCommentError) || summaryFile === undefined) throw error;
    appendFileSync(
      summaryFile,
      `No comment on pull request ${pullRequest}:\n\n${codeBlock(error.message)}\n\n${body}\n`,
    );
    return `there is no comment, the page of the run has it instead: ${error.message}`;
  }
}

async function main(): Promise<number> {
  const { stack, markdown } = parseArgs({
    options: { stack: { type: "string" }, markdown: { type: "string" } },
  }).values;
  if (!stack || !markdown) throw new UsageError("--stack and --markdown are needed");
  console.log(await comment({ stack, markdown, env: process.env }));
  return 0;
}

if (require.main === module) runMain(main, USAGE);
