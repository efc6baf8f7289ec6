/** A machine that was there before: nothing of it is declared. */
import type { PolicyView } from "../policy-facts";

export const policyView: PolicyView = {
  types: { "builders:ssh:Machine": () => ({}) },
  base: () => ({ kind: "machine" }),
  worker: () => ({}),
};
