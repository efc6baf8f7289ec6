/** A machine that was there before: nothing of it is declared. */
import type { PolicyView } from "../policy-facts";
import type { SshWorker } from "./settings";

export const policyView: PolicyView<SshWorker> = {
  types: { "builders:ssh:Machine": () => ({}) },
  base: () => ({ kind: "machine" }),
  worker: () => ({}),
};
