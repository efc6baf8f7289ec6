/** What EC2's own dry runs answer, in each region. */
import type { Finding } from "../platform";
import type { Action } from "./actions";
import { errorText, isAnswer, isDenied, type Clients } from "./ask";
import { denialOf } from "./denial";
import type { Refusal } from "./refusals";
import { trials, type Trial, type TrialArgs } from "./trials";

export interface Answer {
  readonly trial: Trial;
  /** What AWS denies. */
  readonly refusal?: Refusal;
  /** Why no answer came. */
  readonly finding?: Finding;
  /** True where the answer says nothing of the request that a run makes. */
  readonly isOpen?: true;
}

/** @param wanted what these settings need; nothing else is tried */
export async function tryOut(
  clients: ReadonlyMap<string, Clients>,
  tried: readonly TrialArgs[],
  wanted: ReadonlySet<Action>,
): Promise<Answer[]> {
  const answers = tried.map(async (args) => {
    const found = clients.get(args.region);
    const all = await trials(args);
    if (found === undefined) return [];
    return Promise.all(all.filter(({ action }) => wanted.has(action)).map((trial) => answer(trial, found)));
  });
  return (await Promise.all(answers)).flat();
}

async function answer(trial: Trial, { ec2, sts }: Clients): Promise<Answer> {
  const { action, region, path, tags } = trial;
  try {
    await trial.send(ec2);
    return { trial };
  } catch (error) {
    if (isDenied(error)) {
      const denial = await denialOf(error, action, sts);
      // Tried without key and group, which a run makes first: EC2 takes a group that the run does not.
      const isOther = denial.by === "permissions" && /:(key-pair|security-group)\//.test(denial.resource ?? "");
      if (isOther && action === "ec2:RunInstances") return { trial, isOpen: true };
      const forbids = denial.by !== "permissions" && denial.keys.length === 0;
      const without = forbids ? await allowedWithout(trial, ec2) : [];
      return { trial, refusal: { denial, region, tags, without, ...(path === undefined ? {} : { path }) } };
    }
    // "DryRunOperation", or some complaint about what was asked for: both are for those who may ask.
    if (isAnswer(error)) return { trial };
    const problem = `${action} can't be tried in ${region}: ${errorText(error)}`;
    return {
      trial,
      finding: { path: "aws", problem, remedy: "see that AWS can be reached from here, then try again" },
    };
  }
}

/** What is forbidden, found by leaving it out. */
async function allowedWithout({ without }: Trial, ec2: Clients["ec2"]): Promise<Refusal["without"]> {
  const found = without.map(async ({ what, send }) => {
    const isAllowed = await send(ec2).then(
      () => true,
      (error: unknown) => !isDenied(error) && isAnswer(error),
    );
    return isAllowed ? [what] : [];
  });
  return (await Promise.all(found)).flat();
}
