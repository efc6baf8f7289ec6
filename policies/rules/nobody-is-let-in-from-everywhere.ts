/** A machine that lives for an hour is found in minutes. */
import { rule } from "../rule";

const EVERYWHERE: readonly string[] = ["0.0.0.0/0", "::/0"];

export const nobodyIsLetInFromEverywhere = rule({
  name: "nobody-is-let-in-from-everywhere",
  description: "Machines are reached by whoever runs this alone.",
  problems: ({ ingress = [] }) =>
    ingress.flatMap(({ ports, from }) =>
      typeof from === "string" && EVERYWHERE.includes(from)
        ? [`lets ${from} in on ports ${ports}; write the operator's range, operatorCidr: 203.0.113.7/32`]
        : [],
    ),
});
