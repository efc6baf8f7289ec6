/** Existing machines, reached over ssh: workers only. */
import { defineWorkers } from "../define";
import { ARCHITECTURES } from "../words";
import { sshWorker } from "./settings";

export const ssh = defineWorkers({
  name: "ssh",
  workers: {
    schema: () => sshWorker,
    architectures: ARCHITECTURES,
    type: ({ host }) => host,
    price: () => ({ kind: "own" }),
  },
  parts: async () => (await import("./parts.ts")).parts,
});
