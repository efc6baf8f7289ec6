/** Forms of instructions that no version of podman takes: a worker would say so, minutes later. */
import { constants } from "node:os";
import { mistake, type Instruction } from "./instructions";
import { cutWords } from "./words";

/** Flags that some version of podman knows. One that only newer ones know is left to the worker's. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  ADD: ["chmod", "chown", "checksum", "exclude", "keep-git-dir", "link", "parents", "unpack"],
  COPY: ["chmod", "chown", "exclude", "from", "link", "parents"],
  FROM: ["platform"],
  HEALTHCHECK: ["interval", "retries", "start-interval", "start-period", "timeout"],
  RUN: ["mount", "network"],
};
const NEEDS_A_WORD = [
  "ENV",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
];

/**
 * @param builds is what stands in this line built? What is not is never looked at by podman, but for what it reads at once
 * @throws ContainerfileError with the line and what to do
 */
export function refuseForms(instructions: readonly Instruction[], builds: (line: number) => boolean): void {
  for (const instruction of instructions) {
    const { line } = instruction;
    const problem = readProblem(instruction) ?? (builds(line) ? stepProblem(instruction) : undefined);
    if (problem !== undefined) throw mistake(line, problem);
  }
}

/** What podman refuses while it reads the file. */
function readProblem({ keyword, text, flags }: Instruction): string | undefined {
  if (keyword === "FROM") return flagProblem(keyword, flags);
  if ((keyword === "ARG" || keyword === "RUN") && text === "")
    return `${keyword} says nothing; complete it, or remove it`;
  if (keyword !== "ENV" && keyword !== "LABEL") return undefined;
  const [first, ...more] = cutWords(text, "\\");
  if (first === undefined) return undefined;
  const odd = first.includes("=") ? more.find((word) => !word.includes("=")) : more.length === 0 ? first : undefined;
  return odd === undefined ? undefined : `${keyword} ${text}: ${odd} has no value; write ${odd}=...`;
}

/** What podman refuses when it comes to the step. */
function stepProblem(instruction: Instruction): string | undefined {
  const { keyword, text, flags } = instruction;
  const list = jsonList(text);
  const saysNothing = text === "" || (list?.length === 0 && ["SHELL", "VOLUME"].includes(keyword));
  if (NEEDS_A_WORD.includes(keyword) && saysNothing) return `${keyword} says nothing; complete it, or remove it`;
  if ((keyword === "COPY" || keyword === "ADD") && (list ?? cutWords(text, "\\")).length < 2)
    return `${keyword} ${text}: write what is copied, and where to`;
  if (keyword === "SHELL" && list === undefined) return `SHELL ${text}: write it as a list: SHELL ["/bin/bash", "-c"]`;
  if (keyword === "STOPSIGNAL" && !text.includes("$") && !isSignal(text))
    return `STOPSIGNAL ${text}: no signal is called so; write SIGTERM, SIGRTMIN+3 or a number`;
  const trigger = keyword === "ONBUILD" ? /^\S+/.exec(text)?.[0].toUpperCase() : undefined;
  if (trigger !== undefined && ["FROM", "MAINTAINER", "ONBUILD"].includes(trigger))
    return `ONBUILD ${trigger}: no builder takes it; remove it`;
  return flagProblem(keyword, flags) ?? (keyword === "HEALTHCHECK" ? healthProblem(instruction) : undefined);
}

/** A list as the JSON form has it; undefined for anything else, which is read as words. */
function jsonList(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** By number or name, with SIG or without, also those between SIGRTMIN (34) and SIGRTMAX (64). */
function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) > 0;
  const name = text.toUpperCase().replace(/^(SIG)?/, "SIG");
  return name in constants.signals || /^SIGRT(MIN(\+([1-9]|1[0-5]))?|MAX(-([1-9]|1[0-4]))?)$/.test(name);
}

/** `time.ParseDuration` of Go. */
const DURATION = /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

function healthProblem({ text, flags }: Instruction): string | undefined {
  for (const { name, value = "" } of flags) {
    if (name === "retries" ? !/^\+?0*[1-9]\d*$/.test(value) : !DURATION.test(value) || value.startsWith("-"))
      return `HEALTHCHECK --${name}=${value}: write ${name === "retries" ? "a number, 1 or more" : "a time with its unit: 30s"}`;
  }
  const [type = "", ...command] = text.split(/\s+/);
  const isNone = type.toUpperCase() === "NONE";
  if (!isNone && type.toUpperCase() !== "CMD")
    return `HEALTHCHECK ${type}: write HEALTHCHECK CMD ..., or HEALTHCHECK NONE`;
  if (isNone !== (command.length === 0))
    return `HEALTHCHECK ${text}: a command stands behind CMD, and nothing behind NONE`;
  return undefined;
}

function flagProblem(keyword: string, flags: Instruction["flags"]): string | undefined {
  const known = FLAGS[keyword] ?? [];
  const unknown = flags.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const hint = unknown.name === "security" || unknown.name === "device" ? "; see source.options" : "";
  return `${keyword} --${unknown.name}: podman knows no such flag, only ${known.map((name) => `--${name}`).join(", ")}${hint}`;
}
