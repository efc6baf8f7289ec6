/** A machine that lives for an hour is found in minutes. */
import { areEverywhere, isEverywhere, isRange } from "../../infra/everywhere";
import { rule } from "../rule";

const INSTEAD = "write the operator's range, operatorCidr: 203.0.113.7/32";

export const nobodyIsLetInFromEverywhere = rule({
  name: "nobody-is-let-in-from-everywhere",
  description: "Machines are reached by whoever runs this alone.",
  problems: ({ ingress = [] }) => {
    const known = ingress.flatMap(({ ports, from }) => (typeof from === "string" ? [{ ports, from }] : []));
    const found = known.flatMap(({ ports, from }) => {
      if (!isRange(from)) return [`lets ${from} in on ports ${ports}, whose ranges can't be read here; ${INSTEAD}`];
      return isEverywhere(from) ? [`lets ${from} in on ports ${ports}; ${INSTEAD}`] : [];
    });
    if (found.length > 0 || !areEverywhere(known.map(({ from }) => from))) return found;
    return [`lets ${known.length} ranges in, which are everywhere in parts; ${INSTEAD}`];
  },
});
