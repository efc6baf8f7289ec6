/** Who starts a run, for the provenance of what it builds: a job of CI by its address, else a person at a machine. */
import { hostname, userInfo } from "node:os";
import type { Environment } from "../../infra/fields";

export function startedBy(env: Environment = process.env): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: number, CI_JOB_URL: job } = env;
  if (server && repository && number) return `${server}/${repository}/actions/runs/${number}`;
  return job || `${userInfo().username}@${hostname()}`;
}
