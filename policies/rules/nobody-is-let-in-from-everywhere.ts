/** A machine that lives for an hour is found in minutes. */
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { areEverywhere, isEverywhere, isRange } from "../../infra/everywhere";
import type { IngressFacts } from "../../infra/policy-facts";
import { factsOf, workersOf, type Seen } from "../resource-facts";
import { rule } from "../rule";

const INSTEAD = "write the operator's range, operatorCidr: 203.0.113.7/32";

const ofOne = rule({
  name: "nobody-is-let-in-from-everywhere",
  description: "Machines are reached by whoever runs this alone.",
  problems: ({ ingress = [] }) => [...alone(ingress), ...together(ingress)],
});

/** One group may be written as many resources, and a machine may be in many groups: whoever runs a stack has few ranges. */
export const nobodyIsLetInFromEverywhere: ResourceValidationPolicy & StackValidationPolicy = {
  ...ofOne,
  validateStack: ({ resources }, reportViolation) => {
    const notSaidYet = resources.flatMap(all).filter((ingress) => together(ingress).length === 0);
    for (const problem of together(notSaidYet.flat())) reportViolation(`the stack ${problem}`);
  },
};

/** Of a resource, and of the workers of its job. */
function all(resource: Seen): readonly (readonly IngressFacts[])[] {
  const ofJob = workersOf(resource).map(({ room, spec }) => room.policyView.worker(spec));
  return [factsOf(resource), ...ofJob].map(({ ingress = [] }) => ingress);
}

/** What is wrong with single ranges. */
function alone(ingress: readonly IngressFacts[]): string[] {
  return known(ingress).flatMap(({ ports, from }) => {
    if (!isRange(from)) return [`lets ${from} in on ports ${ports}, whose ranges can't be read here; ${INSTEAD}`];
    return isEverywhere(from) ? [`lets ${from} in on ports ${ports}; ${INSTEAD}`] : [];
  });
}

/** The same of all that are not wrong by themselves. */
function together(ingress: readonly IngressFacts[]): string[] {
  const ranges = [...new Set(known(ingress).map(({ from }) => from))].filter((range) => !isEverywhere(range));
  return areEverywhere(ranges) ? [`lets ${ranges.length} ranges in, which are everywhere in parts; ${INSTEAD}`] : [];
}

function known(ingress: readonly IngressFacts[]): { readonly ports: string; readonly from: string }[] {
  return ingress.flatMap(({ ports, from }) => (typeof from === "string" ? [{ ports, from }] : []));
}
