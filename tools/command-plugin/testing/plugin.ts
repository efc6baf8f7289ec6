/** The plugin in this process, with what it logs recorded, for tests. */
import { sleep } from "../cancel";
import { CommandPlugin } from "../plugin";

export interface LoggedLine {
  readonly urn: string;
  readonly text: string;
  readonly at: number;
}

export interface TestPlugin {
  readonly plugin: CommandPlugin;
  readonly lines: LoggedLine[];
}

/** `hurry` divides the waits between dials. */
export function makePlugin({ hurry = 1 } = {}): TestPlugin {
  const environment = { PATH: process.env["PATH"] };
  const wait: typeof sleep = (milliseconds, signal, what) => sleep(milliseconds / hurry, signal, what);
  const lines: LoggedLine[] = [];
  const logFor = (urn: string) => ({
    line: (text: string) => void lines.push({ urn, text, at: Date.now() }),
    drained: () => Promise.resolve(),
  });
  return { plugin: new CommandPlugin({ version: "1.2.1", logFor, environment, wait }), lines };
}

export function urn(type: string, name = "it"): string {
  return `urn:pulumi:dev::test::${type}::${name}`;
}

export const REMOTE_COMMAND = urn("command:remote:Command");
export const LOCAL_COMMAND = urn("command:local:Command");
export const COPY = urn("command:remote:CopyToRemote");

/** As the engine marks a secret on the wire. */
export function secret(value: unknown): Record<string, unknown> {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A source as the engine sends it. */
export function asset(content: { path: string } | { text: string }, hash = "h1"): Record<string, unknown> {
  return { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash, ...content };
}

export function archive(path: string, hash = "h1"): Record<string, unknown> {
  return { "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", hash, path };
}
