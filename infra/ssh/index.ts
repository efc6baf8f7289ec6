/** Existing machines, reached over ssh: workers only. */
import * as path from "node:path";
import { defineWorkers } from "../define";
import { jumpHostAt } from "../jump-host";
import { ARCHITECTURES } from "../words";
import { policyView } from "./policy-view";
import { sshWorker } from "./settings";

export const ssh = defineWorkers({
  name: "ssh",
  workers: {
    schema: () => sshWorker,
    architectures: ARCHITECTURES,
    type: ({ host }) => host,
    at: (worker, folder) => ({
      ...jumpHostAt(worker, folder),
      privateKeyFile: path.resolve(folder, worker.privateKeyFile),
    }),
    jumpHost: ({ jumpHost }) => jumpHost,
    price: () => ({ kind: "own" }),
  },
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
});
