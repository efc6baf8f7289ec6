/** The kinds about the comment on a pull request: what it says, and how it gets there. */
import * as z from "zod";
import { upsertComment } from "../../../cli/ci/github-comments";
import { marker, previewMarkdown } from "../../../cli/ci/markdown";
import type { Run } from "../case";
import { messageProblems, messageSchema, outcome, refusalProblems } from "../messages";
import { rulesSchema, withServer, type Rules } from "../server";

const textSchema = messageSchema
  .pick({ says: true, saysNot: true })
  .extend({ mostCharacters: z.int().default(65_536) });
const policySchema = z.strictObject({
  name: z.string(),
  violations: z.array(
    z.strictObject({
      policy: z.string(),
      level: z.string(),
      resource: z.string().exactOptional(),
      text: z.string(),
    }),
  ),
  complete: z.boolean(),
});
const stepPlace = { type: z.string(), name: z.string(), place: z.string().exactOptional() };
const previewSchema = z.strictObject({
  messages: z
    .array(
      z.strictObject({
        severity: z.enum(["info", "warning", "error"]),
        resource: z.string().exactOptional(),
        text: z.string(),
      }),
    )
    .default([]),
  steps: z
    .array(
      z.strictObject({
        op: z.string(),
        ...stepPlace,
        parent: z.strictObject(stepPlace).exactOptional(),
        changed: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  unchanged: z.int().default(0),
  outputs: z.array(z.string()).default([]),
  policies: z.array(policySchema).default([]),
  finished: z.boolean().default(true),
  about: z.strictObject({
    stack: z.string(),
    commit: z.string().exactOptional(),
    runUrl: z.string().exactOptional(),
    exitCode: z.int().default(0),
    stderr: z.string().default(""),
  }),
});

export function commentText(run: Run): Promise<string[]> {
  const { mostCharacters, ...wanted } = run.expected(textSchema);
  const { about, ...preview } = run.json("preview.json", previewSchema);
  const text = previewMarkdown(preview, about);
  return Promise.resolve([
    ...(text.length > mostCharacters ? [`wanted at most ${mostCharacters} characters, came: ${text.length}`] : []),
    ...messageProblems(text, wanted),
  ]);
}

const requestsSchema = z.strictObject({
  requests: z.array(z.string()).exactOptional(),
  last: z.string().exactOptional(),
  result: z.string().exactOptional(),
  error: messageSchema.exactOptional(),
  comments: z.array(z.unknown()).exactOptional(),
  times: z.record(z.string(), z.literal("always")).default({}),
});

const PULL_REQUEST = 7;
const REPOSITORY = "example/farm";

export async function commentRequests(run: Run): Promise<string[]> {
  const first = marker("devel");
  return withServer(undefined, async (server) => {
    const places = { HOST: server.host, MARKER: first };
    const { comments, times, ...expected } = run.expected(requestsSchema, places);
    run.fill(places);
    server.answer(run.json("github.json", rulesSchema).map((rule) => changed(rule, comments, times)));
    const came = await outcome(
      () =>
        upsertComment(
          { url: `http://${server.host}`, repository: REPOSITORY, token: "token" },
          PULL_REQUEST,
          { marker: first, body: `${first}\nnew` },
          { sleep: () => Promise.resolve() },
        ),
      (error) => error instanceof Error && !(error instanceof TypeError),
    );
    const seen = server.seen.filter(({ path }) => path !== "/user");
    const [last] = seen.slice(-1);
    return [
      ...differs(
        "requests",
        expected.requests?.join(", "),
        seen.map((one) => `${one.method} ${one.status}`).join(", "),
      ),
      ...differs("last", expected.last, `${last?.method} ${last?.path}`),
      ...(expected.error ? refusalProblems(came, expected.error) : []),
      ...differs("result", expected.result, "value" in came ? came.value : came.refused),
    ];
  });
}

function changed(rule: Rules[number], comments: unknown, always: Readonly<Record<string, "always">>): Rules[number] {
  const { times, ...rest } = rule;
  const forEver = rule.method !== undefined && always[rule.method] !== undefined;
  const kept = forEver || times === undefined ? rest : { ...rest, times };
  const lists = rule.method === "GET" && rule.path === `/repos/${REPOSITORY}/issues/${PULL_REQUEST}/comments`;
  if (!lists || comments === undefined) return kept;
  return { ...kept, answer: { ...kept.answer, body: JSON.stringify(comments) } };
}

function differs(what: string, wanted: string | undefined, came: string): string[] {
  return wanted === undefined || wanted === came ? [] : [`wanted ${what} ${wanted}, came: ${came}`];
}
