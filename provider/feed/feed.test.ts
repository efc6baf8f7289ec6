import { expect, it } from "vitest";
import { fakeCall } from "../fake-store";
import { feedAgent, type Fed, type Give } from "./feed";
import { type Said, WrongHostKey } from "./ssh";

const connection = { host: "192.0.2.1", port: 22, user: "root", privateKey: "k", hostKey: "h" };
const fed: Fed = { connection, program: "/a.js", folder: "/f", machine: "i-1", lifetimeMinutes: 180, upload: "cloud" };
const call = () => fakeCall("urn:pulumi:dev::p::builders:index:Feed::x");

/** A try: what it says in the end, and what the agent says before. */
interface Try {
  readonly said?: Said;
  readonly lines?: readonly string[];
  readonly error?: Error;
}

const nobody: Give = () => Promise.reject(new Error("nobody asks"));

/** Each try takes as long as a dial that nobody answers; one without an end is refused. */
async function supply(tries: readonly Try[], give: Give = nobody) {
  let now = 0;
  const left = [...tries];
  const answers: (string | undefined)[] = [];
  const commands: string[] = [];
  const options = {
    runOverSsh: async ({ command, onLine }: Parameters<Parameters<typeof feedAgent>[3]["runOverSsh"]>[0]) => {
      now += 20_000;
      commands.push(command);
      const { said, lines = [], error = new Error("connect ECONNREFUSED") } = left.shift() ?? {};
      for (const line of lines) answers.push(await onLine(line));
      if (said === undefined) throw error;
      return said;
    },
    wait: { now: () => now, sleep: (ms: number) => Promise.resolve(void (now += ms)) },
  };
  const error: unknown = await feedAgent(fed, "grants", give, options, call()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { seconds: now / 1000, error, answers, commands };
}

const broke: Try = { said: { code: undefined, stderr: "192.0.2.1:22 closed the connection" } };
const done: Try = { said: { code: 0, stderr: "" } };

it("waits ten minutes for a machine that was never reached", async () => {
  const { seconds, error } = await supply([]);
  expect(String(error)).toMatch(/root@192\.0\.2\.1:22 can't be reached for 6\d\d s: connect ECONNREFUSED/);
  expect(seconds).toBeGreaterThan(600);
});

it("and little more than a minute for one that was, and is gone: the next attempt waits for this one", async () => {
  const { seconds, error } = await supply([{}, broke]);
  expect(String(error)).toMatch(/can't be reached for \d\d s/);
  expect(seconds).toBeLessThan(45 + 60 + 30);
});

it("goes on when the connection comes back, and ends with the agent", async () => {
  expect((await supply([broke, {}, broke, {}, {}, done])).error).toBeUndefined();
  const failed = await supply([{ said: { code: 1, stderr: "the agent failed" } }]);
  expect(String(failed.error)).toContain("needs no grants any more, and is not done: the agent failed");
  expect(failed.commands).toHaveLength(1);
});

it("tells the giver what is wished, asks for the one upload, and answers nothing else", async () => {
  const wishes: string[] = [];
  const give: Give = (wish) => {
    wishes.push(wish);
    return Promise.resolve({ supply: { id: String(wishes.length) }, shown: "a grant" });
  };
  const lines = ['want {"requests":3}', "wanted", "want"];
  const { answers, commands } = await supply([{ ...done, lines }], give);
  expect(wishes).toEqual(['{"requests":3}', ""]);
  expect(answers).toEqual(['{"id":"1"}', undefined, '{"id":"2"}']);
  expect(commands[0]).toMatch(/ feed '?\/f'? '?cloud'?$/);
});

it("a giver that refuses, and a machine with another key, are not tried again", async () => {
  const refused = new Error("no quota");
  const { error, commands } = await supply([{ ...broke, lines: ["want"] }], () => Promise.reject(refused));
  expect([error, commands.length]).toEqual([refused, 1]);
  const wrong = new WrongHostKey("it shows another host key");
  expect(await supply([{ error: wrong }])).toMatchObject({ error: wrong, seconds: 20 });
});
