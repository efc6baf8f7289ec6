/** What the program does on machines that were there before, and asks of them. */
import type { Parts } from "../platform";
import { sshPreflight } from "./preflight";
import type { SshWorker } from "./settings";
import { sshWorker } from "./worker";

export const parts: Parts<SshWorker, never> = {
  worker: (name, _arch, spec, opts) => sshWorker(name, spec, opts),
  preflight: (use) => sshPreflight(use),
};
