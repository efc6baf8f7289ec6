/** When user data powers its machine off. What it only prints, has in a comment, or does in some case alone, does not count. */
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { isRecord } from "../contract/is-record";
import { quote } from "../provider/shell";
import { timersOf } from "./power-off-timers";
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
  const minutes = timers(userData.replaceAll("\r\n", "\n"));
  return minutes.length === 0 ? undefined : Math.min(...minutes);
}

/** A script starts with its shell, in the first byte. */
const SCRIPT = /^#![ \t]*(\S*\/env[ \t]+)?(\S*\/)?(ba|da|k|z)?sh[ \t\n]/;

/**
 * By its first line, in any case and after any blanks; of any other text cloud-init makes nothing.
 * Source: cloud-init's documentation of user data formats.
 */
function timers(text: string): number[] {
  if (/^\s*#cloud-config\s/i.test(text)) return cloudConfigTimers(text);
  const script = text.replace(/^\s*#cloud-boothook[ \t]*\n/i, "");
  return SCRIPT.test(script) ? scriptTimers(script) : [];
}

function cloudConfigTimers(text: string): number[] {
  const config = parsed(text);
  // Who names the modules that run may have left out the one that is meant.
  if (!isRecord(config) || Object.keys(config).some((key) => /^cloud_\w+_modules$/.test(key))) return [];
  return [
    ...["bootcmd", "runcmd"].flatMap((key) => scriptTimers(scriptOf(config[key]))),
    ...powerStateTimers(config["power_state"]),
  ];
}

function parsed(text: string): unknown {
  try {
    return parse(text, { logLevel: "error" });
  } catch {
    // cloud-init does nothing of it either.
    return undefined;
  }
}

/**
 * All commands are one script, which ends for all where one of them ends it: a text is a line of it, a list one command with its arguments.
 * Of anything else among them, cloud-init runs nothing. Source: cloud-init's documentation of bootcmd and runcmd.
 */
function scriptOf(commands: unknown): string {
  if (!Array.isArray(commands)) return "";
  const lines = commands.map((one: unknown) => {
    if (typeof one === "string") return one;
    return Array.isArray(one) ? one.map((word: unknown) => quote(String(word))).join(" ") : undefined;
  });
  return lines.includes(undefined) ? "" : lines.join("\n");
}

function scriptTimers(script: string): number[] {
  return shellCommands(script).flatMap(timersOf);
}

/** Minutes after cloud-init is done. Source: cloud-init's documentation of the module power_state_change. */
function powerStateTimers(said: unknown): number[] {
  if (!isRecord(said)) return [];
  const { mode, delay = "now", condition = true } = said;
  const [, minutes = "0"] = /^(?:now|\+?(\d+))$/.exec(String(delay)) ?? [undefined, "none"];
  return mode === "poweroff" && condition === true && minutes !== "none" ? [Number(minutes)] : [];
}
