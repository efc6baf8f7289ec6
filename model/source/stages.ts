/** The stages of a Containerfile, and what each is made from, with the arguments that are known at each place. */
import { mistake, type Instruction } from "./instructions";
import { evaluateWord, WordError } from "./words";

/** A place where an image or a stage is named. */
export interface Use {
  readonly line: number;
  /** As written. */
  readonly word: string;
  readonly where: "FROM" | "COPY --from" | "RUN --mount";
  /** Arguments that are known there. */
  readonly values: ReadonlyMap<string, string>;
}

export interface Stage {
  /** From 0. */
  readonly number: number;
  readonly name?: string;
  readonly from: Use;
  /** `FROM --platform=` */
  readonly platform?: Use;
  /** Others that its instructions take from. */
  readonly uses: readonly Use[];
}

export interface Arguments {
  readonly escape: string;
  /** Given from outside. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Set by the builder itself. */
  readonly platform: Readonly<Record<string, string>>;
}

export interface Stages {
  readonly stages: readonly Stage[];
  /** Names of the arguments before the first FROM. */
  readonly globals: ReadonlySet<string>;
  /** Names in any ARG. */
  readonly declared: ReadonlySet<string>;
}

export function readStages(instructions: readonly Instruction[], given: Arguments): Stages {
  const globals = new Map<string, string>();
  const globalNames = new Set<string>();
  const declared = new Set<string>();
  const stages: (Stage & { readonly uses: Use[]; readonly values: Map<string, string> })[] = [];
  for (const instruction of instructions) {
    const { line, keyword, flags, text } = instruction;
    const stage = stages.at(-1);
    if (keyword === "FROM") {
      const [word, as, name, ...more] = text.split(/\s+/).filter((part) => part !== "");
      if (word === undefined) throw mistake(line, "FROM names no image; write FROM REGISTRY/NAME:TAG");
      if (more.length > 0 || (as !== undefined && (as.toUpperCase() !== "AS" || name === undefined)))
        throw mistake(line, `FROM ${text}: write FROM IMAGE, or FROM IMAGE AS NAME`);
      const platform = flags.find((flag) => flag.name === "platform")?.value;
      const here = { line, where: keyword, values: globals } as const;
      stages.push({
        number: stages.length,
        ...(name === undefined ? {} : { name }),
        from: { ...here, word },
        ...(platform === undefined ? {} : { platform: { ...here, word: platform } }),
        uses: [],
        values: new Map(),
      });
    } else if (keyword === "ARG") {
      const values = stage?.values ?? globals;
      for (const word of text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs) ?? []) {
        // A quote before the name is one before the value: `ARG "NAME=a b"`.
        const [, name = "", written] = /^([^=]*)(?:=([^]*))?$/.exec(word.replace(/^(["'])([^=]*=)/, "$2$1")) ?? [];
        declared.add(name);
        if (stage === undefined) globalNames.add(name);
        const value = argument(instruction, name, written, stage && globals, values, given);
        if (value !== undefined) values.set(name, value);
      }
    } else if (stage === undefined) {
      throw mistake(line, `${keyword} stands before the first FROM; start with FROM REGISTRY/NAME:TAG`);
    } else {
      // Later ARGs of the stage say nothing about what stands here.
      const values = new Map(stage.values);
      stage.uses.push(...sources(instruction).map((use) => ({ ...use, line, values })));
    }
  }
  return { stages, globals: globalNames, declared };
}

/**
 * @param globals what was set before the first FROM; undefined there
 * @returns undefined for an argument without a value
 */
function argument(
  { line }: Instruction,
  name: string,
  written: string | undefined,
  globals: ReadonlyMap<string, string> | undefined,
  values: ReadonlyMap<string, string>,
  { buildArgs, platform, escape }: Arguments,
): string | undefined {
  const outside = buildArgs[name];
  if (outside !== undefined) return outside;
  if (written === undefined) return globals?.get(name) ?? platform[name];
  try {
    // An argument that has no value is an empty text here, as for every builder.
    return evaluateWord(written, { value: (other) => values.get(other), unset: () => "", escape });
  } catch (cause) {
    if (cause instanceof WordError) throw mistake(line, `ARG ${name}: ${cause.message}`);
    throw cause;
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
