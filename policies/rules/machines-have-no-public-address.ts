/** Where a stack says so: its operator comes over a VPN or a jump host. */
import { rule } from "../rule";

export const machinesHaveNoPublicAddress = rule({
  name: "machines-have-no-public-address",
  description: "Temporary machines are not reached from the internet.",
  level: "disabled",
  problems: ({ machine }) =>
    machine?.publicAddress === true
      ? ["gets a public address; write address: private, or take the floating network away"]
      : [],
});
