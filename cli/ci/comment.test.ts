/** The comment on a pull request, against a GitHub on loopback. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { comment } from "./comment";
import { upsertComment } from "./github-comments";
import { marker, MOST_BYTES } from "./markdown";
import { BOT, startFakeGithub, type FakeGithub } from "./testing/fake-github";

let github: FakeGithub;
let folder: string;
beforeEach(async () => {
  github = await startFakeGithub();
  folder = mkdtempSync(join(tmpdir(), "comment-"));
});
afterEach(async () => {
  await github.stop();
  rmSync(folder, { recursive: true });
});

function env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const event = join(folder, "event.json");
  writeFileSync(
    event,
    JSON.stringify({ action: "opened", pull_request: { number: 7, head: { sha: "a".repeat(40) } } }),
  );
  return {
    GITHUB_API_URL: github.url,
    GITHUB_REPOSITORY: "owner/repository",
    GITHUB_TOKEN: github.token,
    GITHUB_EVENT_PATH: event,
    ...more,
  };
}

function say(stack: string, text: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const markdown = join(folder, `${stack}.md`);
  writeFileSync(markdown, `${marker(stack)}\n${text}`);
  return comment({ stack, markdown, env: env(more), pausesMs: [1, 1] });
}

const bodies = () => github.comments.map(({ body }) => body.split("\n")[1]);
const writes = () => github.requests.filter((request) => !request.startsWith("GET "));

describe("one comment a stack", () => {
  it("is written once, and updated after that", async () => {
    const first = await say("devel", "first");
    expect(await say("prod", "of prod")).not.toBe(first);
    expect(await say("devel", "second")).toBe(first);
    expect(bodies()).toEqual(["second", "of prod"]);
    expect(writes()).toEqual([
      "POST /repos/owner/repository/issues/7/comments",
      "POST /repos/owner/repository/issues/7/comments",
      "PATCH /repos/owner/repository/issues/comments/1000",
    ]);
  });

  it("is found behind hundreds of others", async () => {
    for (let index = 0; index < 250; index++) github.write(`comment ${index}`, { login: "somebody", type: "User" });
    const ours = github.write(`${marker("devel")}\nold`, BOT);
    await say("devel", "new");
    expect(ours.body).toContain("new");
    expect(github.comments).toHaveLength(251);
    expect(github.requests).toHaveLength(5);
  });

  it("is a bot's: one that somebody wrote or quoted stays as it is", async () => {
    const theirs = github.write(`${marker("devel")}\nmine`, { login: "somebody", type: "User" });
    const quote = github.write(`> ${marker("devel")}\nquoted`, BOT);
    await say("devel", "ours");
    expect([theirs.body, quote.body]).toEqual([`${marker("devel")}\nmine`, `> ${marker("devel")}\nquoted`]);
    expect(bodies().at(-1)).toBe("ours");
  });

  it("is a machine user's where the token is one's, and nobody else's", async () => {
    const machineUser = { login: "farm-ci", type: "User" };
    github.machineUser = machineUser;
    const theirs = github.write(`${marker("devel")}\nmine`, BOT);
    const first = await say("devel", "first");
    expect(await say("devel", "second")).toBe(first);
    expect(theirs.body).toContain("mine");
    expect(bodies()).toEqual(["mine", "second"]);
  });

  it("is that of Actions before another bot's, and never one that we may not change", async () => {
    const others = github.write(`${marker("devel")}\ntheirs`, { login: "renovate[bot]", type: "Bot" });
    github.faults.push({ method: "PATCH", status: 403, afterwards: false });
    await say("devel", "first");
    await say("devel", "second");
    expect(others.body).toContain("theirs");
    expect(bodies()).toEqual(["theirs", "second"]);
  });

  it("is written anew where it was deleted just now", async () => {
    github.write(`${marker("devel")}\nold`, BOT);
    github.faults.push({ method: "PATCH", status: 404, afterwards: false });
    await say("devel", "new");
    expect(bodies()).toEqual(["old", "new"]);
  });

  it("is written once even if the answer to the first try is lost", async () => {
    github.faults.push({ method: "POST", status: 502, afterwards: true });
    await say("devel", "text");
    expect(bodies()).toEqual(["text"]);
    expect(writes()).toHaveLength(2);
  });

  it("may be as long as ours ever are", async () => {
    const text = "é".repeat(MOST_BYTES / 2);
    await upsertComment({ ...github, repository: "owner/repository" }, 7, { marker: "é", body: text });
    expect(github.comments[0]?.body).toBe(text);
  });
});

describe("a comment that can't be written", () => {
  it("is given up after some tries where GitHub has troubles", async () => {
    for (let index = 0; index < 3; index++) github.faults.push({ method: "GET", status: 503, afterwards: false });
    await expect(say("devel", "text")).rejects.toThrow(/GET .*: 503/);
    expect(github.requests).toHaveLength(3);
    expect(github.comments).toEqual([]);
  });

  it("is not tried again where the token may not, and says what it needs, but not the token", async () => {
    github.faults.push({ method: "POST", status: 403, afterwards: false });
    await expect(say("devel", "text")).rejects.toThrow(/403 .*not accessible[^]*pull-requests: write/);
    expect(writes()).toHaveLength(1);
    const wrong = await say("devel", "text", { GITHUB_TOKEN: "a-wrong-token" }).catch(String);
    expect(wrong).toMatch(/401 .*Bad credentials/);
    expect(wrong).not.toContain("a-wrong-token");
  });

  const secondary = {
    method: "POST",
    status: 403,
    afterwards: false,
    message: "You have exceeded a secondary rate limit",
  };
  const inSeconds = (seconds: number) => String(Math.round(Date.now() / 1000) + seconds);
  // What tells a time is made when it is sent: a table is made long before, where a machine is busy.
  it.each<[string, () => Record<string, string>, number, { readonly status: number; readonly message: string }?]>([
    ["as long as the answer says", () => ({ "retry-after": "30" }), 30],
    ["a minute where it does not", () => ({}), 60],
    ["until the hour is over", () => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": inSeconds(300) }), 300],
    ["also where it calls the comment invalid", () => ({}), 60, { status: 422, message: "was submitted too quickly" }],
  ])("too fast is waited for: %s", async (_, headers, seconds, more) => {
    github.faults.push({ ...secondary, headers: headers(), ...more });
    const waits: number[] = [];
    const sleep = (ms: number) => Promise.resolve(waits.push(ms / 1000));
    await upsertComment({ ...github, repository: "owner/repository" }, 7, { marker: "m", body: "m\n1" }, { sleep });
    expect(waits).toEqual([expect.closeTo(seconds, -1)]);
    expect(bodies()).toEqual(["1"]);
  });

  it("too fast for longer than a job should wait is said, with when to try again", async () => {
    github.faults.push({ ...secondary, headers: { "retry-after": "3600" } });
    const refused = await say("devel", "text").catch(String);
    expect(refused).toMatch(/rate limit is reached: try again after 20\d\d-/);
    expect(refused).not.toContain("may not comment");
  });

  it("in a locked conversation is said as that", async () => {
    const message = "Unable to create comment because issue is locked.";
    github.faults.push({ method: "POST", status: 403, afterwards: false, message });
    for (const status of [403, 422]) {
      if (status === 422) github.faults.push({ method: "POST", status, afterwards: false, message });
      await expect(say("devel", "text")).rejects.toThrow(/the conversation is locked/);
    }
  });

  it("in a repository that is archived, or that the token does not see, is said as that", async () => {
    const message = "Repository was archived so is read-only.";
    github.faults.push({ method: "POST", status: 403, afterwards: false, message });
    await expect(say("devel", "text")).rejects.toThrow(/the repository is archived/);
    github.faults.push({ method: "GET", status: 404, afterwards: false });
    await expect(say("devel", "text")).rejects.toThrow(/404[^]*the token may not see its repository/);
  });

  it.each([
    ["a fork's token", { method: "POST", status: 403, message: "Resource not accessible by integration" }],
    ["a locked conversation", { method: "POST", status: 403, message: "issue is locked" }],
    ["a limit that stays", { method: "GET", status: 429, message: "slow down", headers: { "retry-after": "3600" } }],
  ])("is on the page of the run instead, with the reason: %s", async (_, fault) => {
    const summary = join(folder, "summary.md");
    writeFileSync(summary, "before\n");
    github.faults.push({ ...fault, afterwards: false });
    expect(await say("devel", "text", { GITHUB_STEP_SUMMARY: summary })).toMatch(/the page of the run has it instead/);
    const shown = readFileSync(summary, "utf8");
    expect(shown.startsWith("before\n")).toBe(true);
    expect(shown).toContain(fault.message);
    expect(shown).toContain(`${marker("devel")}\ntext`);
    expect(github.comments).toEqual([]);
    // What is wrong in the set-up stays an error.
    github.faults.push({ method: "GET", status: 401, afterwards: false });
    await expect(say("devel", "text", { GITHUB_STEP_SUMMARY: summary })).rejects.toThrow(/401/);
  });

  it("is tried again where something between has answered", async () => {
    github.faults.push({ method: "GET", status: 200, afterwards: false, page: "<html>" });
    expect(await say("devel", "text")).toContain("#issuecomment-");
  });

  it("needs a pull request and a token", async () => {
    await expect(say("devel", "text", { GITHUB_EVENT_PATH: "" })).rejects.toThrow(/no run for a pull request/);
    await expect(say("devel", "text", { GITHUB_TOKEN: "" })).rejects.toThrow(/GITHUB_TOKEN/);
    expect(github.requests).toEqual([]);
  });
});
