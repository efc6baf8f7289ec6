/** A worker is given what it needs for one build, signed and soon over; nothing that the machine itself may do. */
import { rule } from "../rule";

export const machinesHaveNoCredentials = rule({
  name: "machines-have-no-credentials",
  description: "No temporary machine has an instance profile or the like.",
  problems: ({ machine }) =>
    typeof machine?.credentials === "string" && machine.credentials !== "none"
      ? [`has the credentials of ${machine.credentials}; take its instance profile away`]
      : [],
});
