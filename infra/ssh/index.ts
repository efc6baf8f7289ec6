/** Existing machines, reached over ssh: workers only. */
import type { Platform } from "../platform";
import { ARCHITECTURES, UnsupportedError } from "../words";
import { sshPreflight } from "./preflight";
import { sshWorker } from "./worker";

export const sshPlatform: Platform = {
  name: "ssh",
  capabilities: { workers: ARCHITECTURES, images: [] },
  worker(name, _arch, spec, opts) {
    if (spec.platform !== "ssh") throw new UnsupportedError("ssh", `worker of platform "${spec.platform}"`);
    return sshWorker(name, spec, opts);
  },
  publish() {
    throw new UnsupportedError("ssh", "images");
  },
  boot() {
    throw new UnsupportedError("ssh", "machines started from images");
  },
  preflight: (use) => sshPreflight(use),
};
