/** A machine that lives for an hour is found in minutes. */
import { rule } from "../rule";

/** Wider than the widest that anybody has of their own, 10.0.0.0/8 and fc00::/7: everybody is in it, or every second one. */
function isEverywhere(range: string): boolean {
  const bits = Number(/\/(\d+)$/.exec(range)?.[1] ?? Infinity);
  return bits < (range.includes(":") ? 7 : 8);
}

export const nobodyIsLetInFromEverywhere = rule({
  name: "nobody-is-let-in-from-everywhere",
  description: "Machines are reached by whoever runs this alone.",
  problems: ({ ingress = [] }) =>
    ingress.flatMap(({ ports, from }) =>
      typeof from === "string" && isEverywhere(from)
        ? [`lets ${from} in on ports ${ports}; write the operator's range, operatorCidr: 203.0.113.7/32`]
        : [],
    ),
});
