/** How a rule is written: what is wrong with one resource, as sentences that say what to write instead. */
import type { EnforcementLevel, PolicyConfigSchema, ResourceValidationPolicy } from "@pulumi/policy";
import type { Facts } from "../infra/policy-facts";
import { factsOf, workersOf, type Seen } from "./resource-facts";

export interface Rule<O extends object> {
  readonly name: string;
  readonly description: string;
  /** @default mandatory */
  readonly level?: EnforcementLevel;
  /** Settings of the rule: a file for `--policy-pack-config` has them under its name. @default none */
  readonly options?: Readonly<Record<keyof O, NonNullable<PolicyConfigSchema["properties"][string]>>>;
  readonly problems: (facts: Facts, options: O, seen: Seen) => readonly string[];
}

/** Stands for the resource where one speaks of what a job will make. */
const NOBODY: Seen = { type: "builders:index:EphemeralStack", props: {} };

/** A rule of single resources. */
export function rule<O extends object = Readonly<Record<never, never>>>(written: Rule<O>): ResourceValidationPolicy {
  const { name, description, level = "mandatory", options, problems } = written;
  return {
    name,
    description,
    enforcementLevel: level,
    ...(options && { configSchema: { properties: options } }),
    validateResource: (resource, reportViolation) => {
      const seen = { type: resource.type, props: resource.props, provider: resource.provider };
      const options = resource.getConfig<O>();
      for (const problem of problems(factsOf(seen), options, seen)) reportViolation(problem);
      // What a job says of its machines is judged with the job already, before a stack is made for them.
      for (const { room, spec } of workersOf(seen))
        for (const problem of problems(room.policyView.worker(spec), options, NOBODY))
          reportViolation(`its worker on ${room.name} ${problem}`);
    },
  };
}

/** A list of texts among the options of a rule. */
export const TEXTS = { type: "array", items: { type: "string" } } as const;
