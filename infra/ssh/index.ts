/** Existing machines, reached over ssh: workers only. */
import * as path from "node:path";
import { defineWorkers } from "../define";
import { ARCHITECTURES } from "../words";
import { policyView } from "./policy-view";
import { sshWorker } from "./settings";

export const ssh = defineWorkers({
  name: "ssh",
  workers: {
    schema: () => sshWorker,
    architectures: ARCHITECTURES,
    type: ({ host }) => host,
    at: (worker, folder) => ({ ...worker, privateKeyFile: path.resolve(folder, worker.privateKeyFile) }),
    price: () => ({ kind: "own" }),
  },
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
});
