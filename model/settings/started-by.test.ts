import { hostname, userInfo } from "node:os";
import { expect, test } from "vitest";
import { startedBy } from "./started-by";

test("a job of CI is named by its address, a person by name and machine", () => {
  const github = { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "copr/builders", GITHUB_RUN_ID: "7" };
  expect(startedBy(github)).toBe("https://github.com/copr/builders/actions/runs/7");
  expect(startedBy({ CI_JOB_URL: "https://gitlab.example/-/jobs/1" })).toBe("https://gitlab.example/-/jobs/1");
  expect(startedBy({})).toBe(`${userInfo().username}@${hostname()}`);
});
