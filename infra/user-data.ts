/** When user data powers its machine off. What it only prints, has in a comment, or does in some case alone, does not count. */
import { posix } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { isRecord } from "../contract/is-record";
import { shellCommands } from "./shell-commands";

/** As clouds take it, 16 KiB packed, with room to spare: what unpacks to more is nobody's user data. */
const MOST_BYTES = 1 << 20;

/** Unpacked, where it is packed. Empty if it can't be. */
export function plainText(data: Buffer): string {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data.toString();
  try {
    return gunzipSync(data, { maxOutputLength: MOST_BYTES }).toString();
  } catch {
    // As good as none: a machine without a timer is refused for that.
    return "";
  }
}

/** Minutes after the boot; undefined of user data without such a timer. */
export function powerOffMinutes(userData: string): number | undefined {
  if (userData.length > MOST_BYTES) return undefined;
  return earliest(/^#cloud-config\b/.test(userData) ? cloudConfigTimers(userData) : scriptTimers(userData));
}

/** Source: cloud-init's documentation of bootcmd and runcmd: a text is for a shell, a list is one command with its arguments. */
function cloudConfigTimers(text: string): number[] {
  const config = parsed(text);
  return ["bootcmd", "runcmd"].flatMap((key) => {
    const commands: unknown = isRecord(config) ? config[key] : undefined;
    return Array.isArray(commands) ? commands.flatMap(timersOf) : [];
  });
}

function parsed(text: string): unknown {
  try {
    return parse(text, { logLevel: "error" });
  } catch {
    // cloud-init does nothing of it either.
    return undefined;
  }
}

function timersOf(command: unknown): number[] {
  if (typeof command === "string") return scriptTimers(command);
  return Array.isArray(command) ? commandTimers(command.map(String)) : [];
}

function scriptTimers(script: string): number[] {
  return shellCommands(script).flatMap(commandTimers);
}

/** Options of systemd-run that take the next word, where no `=` is in them. */
const WITH_WORD =
  /^(-[upEHM]|--(unit|property|description|slice|setenv|host|machine|uid|gid|nice|working-directory|service-type|timer-property))$/;

function commandTimers(command: readonly string[]): number[] {
  const [program = "", ...words] = command;
  const script = scriptOf(command);
  if (script !== undefined) return scriptTimers(script);
  if (posix.basename(program) !== "systemd-run") return [];
  const start = words.findIndex((word, at) => !word.startsWith("-") && !WITH_WORD.test(words[at - 1] ?? ""));
  if (start === -1 || !powersOff(words.slice(start))) return [];
  return words.slice(0, start).flatMap((word) => {
    const [, minutes] = /^--on-active=(\d+)min$/.exec(word) ?? [];
    return minutes === undefined ? [] : [Number(minutes)];
  });
}

function powersOff(command: readonly string[]): boolean {
  const [program = "", ...words] = command;
  const script = scriptOf(command);
  if (script !== undefined) return shellCommands(script).some(powersOff);
  const name = posix.basename(program);
  return name === "poweroff" || (name === "systemctl" && words.find((word) => !word.startsWith("-")) === "poweroff");
}

/** What a shell is told to do. */
function scriptOf([program = "", option = "", script]: readonly string[]): string | undefined {
  return /^(ba|da)?sh$/.test(posix.basename(program)) && /^-\w*c$/.test(option) ? script : undefined;
}

function earliest(minutes: readonly number[]): number | undefined {
  return minutes.length === 0 ? undefined : Math.min(...minutes);
}
