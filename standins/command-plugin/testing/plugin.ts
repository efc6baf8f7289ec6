/** The plugin in this process, with what it logs recorded, for tests. */
import { sleep } from "../../../provider-kit/cancel";
import { urn } from "../../../provider-kit/testing/wire";
import { CommandPlugin } from "../plugin";

export { secret, UNKNOWN, urn } from "../../../provider-kit/testing/wire";

export interface LoggedLine {
  readonly urn: string;
  readonly text: string;
  readonly at: number;
}

export interface TestPlugin {
  readonly plugin: CommandPlugin;
  readonly lines: LoggedLine[];
}

interface PluginOptions {
  readonly hurry?: number;
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
}

/** `hurry` divides the waits between dials; the plugin sees nothing else of the environment than this and the path. */
export function makePlugin({ hurry = 1, environment: more = {} }: PluginOptions = {}): TestPlugin {
  const environment = { PATH: process.env["PATH"], ...more };
  const wait: typeof sleep = (milliseconds, signal, what) => sleep(milliseconds / hurry, signal, what);
  const lines: LoggedLine[] = [];
  const logFor = (urn: string) => ({
    line: (text: string) => void lines.push({ urn, text, at: Date.now() }),
    drained: () => Promise.resolve(),
  });
  return { plugin: new CommandPlugin({ version: "1.2.1", logFor, environment, wait }), lines };
}

export const REMOTE_COMMAND = urn("command:remote:Command");
export const LOCAL_COMMAND = urn("command:local:Command");
export const COPY = urn("command:remote:CopyToRemote");

/** A source as the engine sends it. */
export function asset(content: { path: string } | { text: string }, hash = "h1"): Record<string, unknown> {
  return { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash, ...content };
}

export function archive(path: string, hash = "h1"): Record<string, unknown> {
  return { "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", hash, path };
}
