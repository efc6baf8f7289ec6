/** Commands that power a machine off later. What is written in other ways than these is no timer: its machine is refused for that. */
import { posix } from "node:path";
import { shellCommands } from "./shell-commands";

type Command = readonly string[];

/** Minutes, of each timer that a command starts. */
export function timersOf(command: Command): number[] {
  const [program = "", ...words] = command;
  const script = scriptOf(command);
  if (script !== undefined) return shellCommands(script).flatMap(timersOf);
  switch (posix.basename(program)) {
    case "systemd-run":
      return systemdRunTimers(words);
    case "shutdown":
      // At once is no timer: what is before it may never end.
      return shutdownMinutes(words).filter((minutes) => minutes > 0);
    default:
      return [];
  }
}

/** Options that leave it to this machine's own systemd; all others may send it elsewhere. Source: systemd-run(1). */
const SWITCH = /^(-[qGr]+|--(no-block|quiet|collect|no-ask-password|system|remain-after-exit|send-sighup|wait))$/;
const WITH_VALUE =
  /^(-[upE]|--(unit|property|description|slice|setenv|nice|working-directory|service-type|timer-property|on-active|on-boot|on-startup))$/;
const START = /^--on-(active|boot|startup)$/;

function systemdRunTimers(words: Command): number[] {
  const spans: number[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--" || !word.startsWith("-")) {
      const later = powersOff(words.slice(word === "--" ? at + 1 : at));
      return later === undefined ? [] : spans.map((span) => span + later);
    }
    const [, name = word, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    if (WITH_VALUE.test(name)) {
      const said = value ?? words[++at] ?? "";
      if (START.test(name)) spans.push(...spanMinutes(said));
    } else if (!SWITCH.test(word)) return [];
  }
  return [];
}

/** Seconds. Source: systemd.time(7), "Parsing Time Spans". */
const UNITS: readonly (readonly [unit: RegExp, seconds: number])[] = [
  [/^(s|sec|seconds?|)$/, 1],
  [/^(m|min|minutes?)$/, 60],
  [/^(h|hr|hours?)$/, 3600],
  [/^(d|days?)$/, 86_400],
  [/^(w|weeks?)$/, 604_800],
];

const PIECE = /(\d+(?:\.\d+)?)\s*([a-z]*)/g;

function spanMinutes(span: string): number[] {
  // Taken away piece by piece, not matched as a whole: of many digits that would never end.
  if (span.trim() === "" || span.replace(PIECE, "").trim() !== "") return [];
  const parts = Array.from(span.matchAll(PIECE), ([, count, unit = ""]) => {
    const [, seconds = NaN] = UNITS.find(([one]) => one.test(unit)) ?? [];
    return Number(count) * seconds;
  });
  const total = parts.reduce((sum, seconds) => sum + seconds, 0);
  return Number.isNaN(total) ? [] : [total / 60];
}

/** How many minutes later; undefined of a command that does not power the machine off. */
function powersOff(command: Command): number | undefined {
  const [program = "", ...words] = command;
  const script = scriptOf(command);
  if (script !== undefined) return shellCommands(script).flatMap((one) => powersOff(one) ?? [])[0];
  switch (posix.basename(program)) {
    case "poweroff":
      return words.every((word) => /^(-[fpdn]+|--(force|poweroff|no-wall|no-wtmp))$/.test(word)) ? 0 : undefined;
    case "systemctl": {
      const others = words.filter(
        (word) => !/^(-[fiq]+|--(force|no-wall|no-block|quiet|no-ask-password)|--message=.*)$/.test(word),
      );
      return others.length === 1 && others[0] === "poweroff" ? 0 : undefined;
    }
    case "shutdown":
      return shutdownMinutes(words)[0];
    default:
      return undefined;
  }
}

/** Not one that starts it again, halts it, calls it off or only says so. Source: shutdown(8) of systemd: the time comes first, then what users are told. */
function shutdownMinutes(words: Command): number[] {
  const options = words.filter((word) => word.startsWith("-"));
  if (!options.every((word) => /^(-[Ph]+|--(poweroff|no-wall))$/.test(word))) return [];
  const [time = "+1"] = words.filter((word) => !word.startsWith("-"));
  const [, minutes] = /^(?:now|\+(\d+))$/.exec(time) ?? [undefined, NaN];
  return Number.isNaN(minutes) ? [] : [Number(minutes ?? 0)];
}

/** What a shell is told to do. */
function scriptOf([program = "", option = "", script]: Command): string | undefined {
  return /^(ba|da)?sh$/.test(posix.basename(program)) && /^-\w*c$/.test(option) ? script : undefined;
}
