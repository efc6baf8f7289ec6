/** Existing machines, reached over ssh: workers only. */
import { defineWorkers } from "../define";
import { jumpHostAt } from "../jump-host";
import { ARCHITECTURES } from "../words";
import { loginAt } from "../ssh-login";
import { policyView } from "./policy-view";
import { sshWorker } from "./settings";

export const ssh = defineWorkers({
  name: "ssh",
  workers: {
    schema: () => sshWorker,
    architectures: ARCHITECTURES,
    type: ({ host }) => host,
    at: (worker, folder) => loginAt(jumpHostAt(worker, folder), folder),
    jumpHost: ({ jumpHost }) => jumpHost,
    price: () => ({ kind: "own" }),
  },
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
});
