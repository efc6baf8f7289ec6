import { expect, test } from "vitest";
import type { Run, RunResult } from "./process";
import { askByCli } from "./reader-outputs";

const never = new AbortController().signal;
let result: RunResult = { code: 0, stdout: "{}", stderr: "", killed: false };
let clock = 0;
const asked: string[] = [];
const run: Run = (_command, args) => {
  asked.push(args.join(" "));
  return Promise.resolve(result);
};
const make = () => askByCli({ run, env: {}, now: () => clock });
const answers = (outputs: unknown) =>
  (result = { code: 0, stdout: JSON.stringify(outputs), stderr: "", killed: false });

test("asks the CLI, and shares the answer for some seconds only", async () => {
  answers({ generations: [{ id: "g1", published: { "hv/one": "a" }, more: 1 }], images: {} });
  const ask = make();
  const used = [{ id: "g1", published: { "hv/one": "a" }, more: 1 }];
  expect(await Promise.all([ask("o/p/prod", never), ask("o/p/prod", never)])).toEqual([used, used]);
  expect(asked).toEqual(["stack output --json --stack o/p/prod --non-interactive"]);
  answers({});
  clock += 4_999;
  expect(await ask("o/p/prod", never)).toEqual(used);
  clock += 1;
  expect(await ask("o/p/prod", never)).toEqual([]);
});

test("what paused places have of older generations is used too", async () => {
  const older = { generation: "g1", imageId: "a", publishedIn: "hv/two" };
  answers({ generations: [{ id: "g2", published: { "hv/one": "b" }, behind: [{ older }, { reason: "new" }] }] });
  expect(await make()("o/p/prod", never)).toMatchObject([
    { id: "g2", published: { "hv/one": "b" } },
    { id: "g1", published: { "hv/two": "a" } },
  ]);
});

test.each([
  [{ code: 6, stderr: "error: no stack named 'x' found\n" }, /^no stack named 'x' found$/],
  [{ code: 255, stderr: "" }, /^"pulumi stack output" ended with exit code 255$/],
  [{ code: 0, stdout: "oops" }, /^it printed no JSON/],
  [{ code: 0, stdout: '{"generations": [{"id": "g1"}]}' }, /output "generations" is damaged/],
])("what can't be read is an error: %j", async (answer, said) => {
  result = { stdout: "", stderr: "", killed: false, ...answer };
  await expect(make()("x", never)).rejects.toThrow(said);
});
