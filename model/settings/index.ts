/** Settings: the only place that reads Pulumi's configuration and the environment. */
import { parseSettings } from "./parse";
import { pulumiSettings } from "./pulumi-config";
import type { Environment } from "../../infra/fields";
import { capabilities as allCapabilities, type CapabilityTable } from "../../infra/specs";
import type { RawSettings, Settings } from "./types";

export { readPathsAsPulumiDoes } from "./started";
export { cacheFolder, isLoopback } from "./environment";
export { startedBy } from "./started-by";
export { KEYS } from "./parse";
export { decodeSettings, fileConfig, signingKey, sourceSecrets, stackFile, type Secrets } from "./pulumi-config";
export { pathText, SettingsError } from "./report";
export type {
  ArchitectureSettings,
  BootCheckSettings,
  BuildSettings,
  DiskSettings,
  PromoteSettings,
  RawSettings,
  Settings,
  SigningSettings,
  SourceSettings,
} from "./types";

export interface ReadOptions {
  /** What each platform can do; what it can't is refused by name. @default what it has code for */
  readonly capabilities?: CapabilityTable;
  /** Settings as written. @default the stack's configuration */
  readonly source?: RawSettings;
  /** @default the environment of this process */
  readonly env?: Environment;
  /** @default the user of this process */
  readonly uid?: number | undefined;
  /** @default the clock of this machine */
  readonly now?: Date;
}

/** @throws SettingsError with one line for every mistake, in the order of the file */
export function readSettings(options: ReadOptions = {}): Settings {
  const {
    capabilities = allCapabilities(),
    source = pulumiSettings(),
    env = process.env,
    uid = process.getuid?.(),
    now = new Date(),
  } = options;
  return parseSettings(source, env, capabilities, uid, now);
}
