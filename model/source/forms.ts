/** Forms of instructions that no version of podman takes: a worker would say so, minutes later. */
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
function stepProblem({ keyword, text, flags }: Instruction): string | undefined {
  if (NEEDS_A_WORD.includes(keyword) && text === "") return `${keyword} says nothing; complete it, or remove it`;
  if ((keyword === "COPY" || keyword === "ADD") && !text.startsWith("[") && cutWords(text, "\\").length < 2)
    return `${keyword} ${text}: write what is copied, and where to`;
  const trigger = keyword === "ONBUILD" ? /^\S+/.exec(text)?.[0].toUpperCase() : undefined;
  if (trigger !== undefined && ["FROM", "MAINTAINER", "ONBUILD"].includes(trigger))
    return `ONBUILD ${trigger}: no builder takes it; remove it`;
  return flagProblem(keyword, flags);
}

function flagProblem(keyword: string, flags: Instruction["flags"]): string | undefined {
  const known = FLAGS[keyword] ?? [];
  const unknown = flags.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const hint = unknown.name === "security" || unknown.name === "device" ? "; see source.options" : "";
  return `${keyword} --${unknown.name}: podman knows no such flag, only ${known.map((name) => `--${name}`).join(", ")}${hint}`;
}
