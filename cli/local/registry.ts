/** The container registry: workers pull from it what `FROM` names and the image builder. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "./commands";
import { answersHttp, Daemon } from "./daemon";
import { REGISTRY, REGISTRY_ADDRESS } from "./places";

export function registry(): Daemon {
  return new Daemon({
    name: "registry",
    // Debian, Fedora.
    command: findCommand("docker-registry", "registry"),
    args: ["serve", join(REGISTRY.folder, "config.yml")],
    port: REGISTRY.port,
    ready: () => answersHttp(`http://${REGISTRY_ADDRESS}/v2/`),
  });
}

export function writeRegistryConfig(): void {
  mkdirSync(join(REGISTRY.folder, "data"), { recursive: true });
  writeFileSync(
    join(REGISTRY.folder, "config.yml"),
    `version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: ${JSON.stringify(join(REGISTRY.folder, "data"))}
http:
  addr: ${REGISTRY_ADDRESS}
`,
  );
}
