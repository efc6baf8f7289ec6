/** The stages of a Containerfile, and what each is made from, with the arguments that are known at each place. */
import { mistake, type ContainerfileError, type Instruction } from "./instructions";
import { Scope, type Arguments, type Environment } from "./scope";
import { evaluateWord, WordError } from "./words";

/** A place where an image or a stage is named. */
export interface Use {
  readonly line: number;
  /** As written. */
  readonly word: string;
  readonly where: "FROM" | "COPY --from" | "RUN --mount";
  /** Arguments that are known there. */
  readonly values: ReadonlyMap<string, string>;
  /** What ENV has set there. */
  readonly environment: Environment;
}

export interface Stage {
  /** From 0. */
  readonly number: number;
  /** As written, or its number. */
  readonly name: string;
  readonly from: Use;
  /** `FROM --platform=` */
  readonly platform?: Use;
  /** Others that its instructions take from. */
  readonly uses: readonly Use[];
  /** What ends the build of this stage. */
  readonly problem?: ContainerfileError;
}

export interface Stages {
  readonly stages: readonly Stage[];
  /** Arguments before the first FROM. */
  readonly globals: ReadonlyMap<string, string>;
  /** Names in an ARG before the first FROM. */
  readonly globalNames: ReadonlySet<string>;
  /** Names in any ARG. */
  readonly declared: ReadonlySet<string>;
  /** Names in an ARG of any stage that has a default. */
  readonly withDefault: ReadonlySet<string>;
}

/** By its name, letter for letter; of two with one name the later one. Then by its number. */
export function stageNamed(name: string, stages: readonly Stage[]): Stage | undefined {
  return stages.findLast((stage) => stage.name === name) ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined);
}

export function readStages(instructions: readonly Instruction[], given: Arguments): Stages {
  const heading = new Scope(given);
  const parts: { readonly from: Instruction; readonly own: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const { line, keyword } = instruction;
    const part = parts.at(-1);
    if (keyword === "FROM") parts.push({ from: instruction, own: [] });
    else if (part !== undefined) part.own.push(instruction);
    else if (keyword === "ARG") heading.declare(instruction);
    else throw mistake(line, `${keyword} stands before the first FROM; start with FROM REGISTRY/NAME:TAG`);
  }
  if (heading.problem !== undefined) throw heading.problem;
  const globals = heading.values();
  const read: ReadStage[] = [];
  for (const { from, own } of parts) read.push(readStage(from, own, read, globals, given));
  const scopes = read.map(({ scope }) => scope);
  return {
    stages: read.map(({ stage }) => stage),
    globals,
    globalNames: heading.declared,
    declared: new Set([heading, ...scopes].flatMap((scope) => [...scope.declared])),
    withDefault: new Set(scopes.flatMap((scope) => [...scope.withDefault])),
  };
}

interface ReadStage {
  readonly stage: Stage;
  readonly scope: Scope;
}

function readStage(
  { line, text, flags }: Instruction,
  own: readonly Instruction[],
  above: readonly ReadStage[],
  globals: ReadonlyMap<string, string>,
  given: Arguments,
): ReadStage {
  const [word, as, name, ...more] = text.split(/\s+/).filter((part) => part !== "");
  if (word === undefined) throw mistake(line, "FROM names no image; write FROM REGISTRY/NAME:TAG");
  if (more.length > 0 || (as !== undefined && (as.toUpperCase() !== "AS" || name === undefined)))
    throw mistake(line, `FROM ${text}: write FROM IMAGE, or FROM IMAGE AS NAME`);
  const scope = new Scope(given, globals, environmentBelow(word, above, globals, given));
  const uses = own.flatMap((instruction) => {
    if (instruction.keyword === "ARG") scope.declare(instruction);
    if (instruction.keyword === "ENV") scope.setVariables(instruction);
    const known = { line: instruction.line, values: scope.values(), environment: scope.environment() };
    return sources(instruction).map((use) => ({ ...use, ...known }));
  });
  const here = { line, where: "FROM", values: globals, environment: new Map() } as const;
  const platform = flags.find((flag) => flag.name === "platform")?.value;
  const stage: Stage = {
    number: above.length,
    name: name ?? String(above.length),
    from: { ...here, word },
    ...(platform === undefined ? {} : { platform: { ...here, word: platform } }),
    uses,
    ...(scope.problem === undefined ? {} : { problem: scope.problem }),
  };
  return { stage, scope };
}

/** A stage that is made from another has its variables; what an image sets is not known here. */
function environmentBelow(
  word: string,
  above: readonly ReadStage[],
  globals: ReadonlyMap<string, string>,
  { contexts }: Arguments,
): Environment | undefined {
  if (contexts.has(word)) return undefined;
  try {
    const name = evaluateWord(word, { value: (name) => globals.get(name), unset: () => "" });
    const stages = above.map(({ stage }) => stage);
    const base = stageNamed(name, stages);
    return base && above[base.number]?.scope.environment();
  } catch (error) {
    // It is a mistake where the stage is built.
    if (error instanceof WordError) return undefined;
    throw error;
  }
}

function sources({ keyword, flags }: Instruction): Pick<Use, "word" | "where">[] {
  switch (keyword) {
    case "COPY":
      return flags.flatMap(({ name, value }) =>
        name === "from" && value ? [{ word: value, where: "COPY --from" as const }] : [],
      );
    case "RUN":
      return flags
        .filter(({ name }) => name === "mount")
        .flatMap(({ value = "" }) => value.split(","))
        .flatMap((option) => {
          const from = /^\s*from=(.+)$/.exec(option)?.[1];
          return from === undefined ? [] : [{ word: from, where: "RUN --mount" as const }];
        });
    default:
      return [];
  }
}
