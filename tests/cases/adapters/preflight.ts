/** What is found beforehand in an account of AWS. */
import { ownUse } from "../../../infra/aws/testing/use";
import * as z from "zod";
import { findingText, platformUses } from "../../../components/preflight";
import { awsPreflight } from "../../../infra/aws/preflight";
import { awsUse, regions } from "../../../infra/aws/grants";
import { awsAccount, rulesSchema } from "../aws-account";
import { setPath, type Run } from "../case";
import { messageProblems, messageSchema, setProblems } from "../messages";
import { documentSchema } from "../policy-document";
import { buildSettings } from "./sources";

const expectedSchema = z.strictObject({
  set: z.record(z.string(), z.unknown()).default({}),
  rules: rulesSchema.default([]),
  account: z.string().default("123456789012"),
  findings: z.array(messageSchema).default([]),
  findingsNot: z.array(z.string()).default([]),
  right: z.literal("either").exactOptional(),
  simulated: z.string().exactOptional(),
});

export async function preflight(run: Run): Promise<string[]> {
  const expected = run.expected(expectedSchema);
  const settings = run.settings();
  for (const [at, value] of Object.entries(expected.set)) setPath(settings, at, value);
  const use = platformUses(buildSettings(settings), "devel").get("aws");
  if (use === undefined) throw new Error("the case uses nothing of AWS");
  const own = ownUse(use);
  const ours = awsUse(own);
  const account = awsAccount({
    rules: [...expected.rules, ...(run.has("aws.json") ? run.json("aws.json", rulesSchema) : [])],
    ...(run.has("deny.json") ? { deny: run.json("deny.json", documentSchema) } : {}),
    account: expected.account,
    regions: regions(ours),
  });
  const came = (await awsPreflight(own, account.open)).map(findingText);
  const roles = new Set(ours.places.map(({ spec }) => spec.uploadRole));
  const asked = account.simulated.filter((principal) => !roles.has(principal));
  return [
    ...(came.length === 0 && expected.right === "either" ? [] : findingProblems(came, expected.findings)),
    ...came.flatMap((one) =>
      expected.findingsNot
        .filter((text) => one.toLowerCase().includes(text.toLowerCase()))
        .map((text) => `wanted no finding with ${text}, came: ${one}`),
    ),
    ...(expected.simulated === undefined ? [] : setProblems("IAM to be asked about", asked, [expected.simulated])),
    ...setProblems("made by asking", account.effects, []),
  ];
}

/** Each that was wanted came once, and nothing else. */
function findingProblems(came: readonly string[], wanted: readonly z.output<typeof messageSchema>[]): string[] {
  const left = [...came];
  const problems = wanted.flatMap((message) => {
    const at = left.findIndex((one) => messageProblems(one, message).length === 0);
    if (at >= 0) {
      left.splice(at, 1);
      return [];
    }
    const nearest = left.find((one) => message.at === undefined || one.startsWith(message.at));
    if (nearest === undefined) return [`wanted a finding with ${JSON.stringify(message)}, came none`];
    return messageProblems(nearest, message);
  });
  return [...problems, ...left.map((one) => `wanted no such finding, came: ${one}`)];
}
