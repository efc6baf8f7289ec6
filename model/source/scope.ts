/** The arguments and the environment that are known at a line of a Containerfile. They change from line to line. */
import { mistake, type ContainerfileError, type Instruction } from "./instructions";
import { cutWords, evaluateWord, WordError } from "./words";

/** What a name of source.contexts stands for: files, or an image by reference. */
export type NamedContext = { readonly kind: "folder" } | { readonly kind: "image"; readonly reference: string };
/** By name. Each hides stages and images of that name. */
export type NamedContexts = ReadonlyMap<string, NamedContext>;

/** What decides the values besides the file. */
export interface Arguments {
  /** Of the file: `\` or a backtick. */
  readonly escape: string;
  /** Given from outside. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Set by the builder itself. */
  readonly platform: Readonly<Record<string, string>>;
  readonly contexts: NamedContexts;
}

/** By name; undefined for a variable of which nobody knows the value. */
export type Environment = ReadonlyMap<string, string | undefined>;

/** Those of one stage, or of what stands before the first FROM. */
export class Scope {
  /** Names in any ARG here. */
  readonly declared = new Set<string>();
  /** Names in an ARG that has a default here. */
  readonly withDefault = new Set<string>();
  /** The first line here that podman ends at, whatever is built of it. */
  problem?: ContainerfileError;
  private readonly args = new Map<string, string>();
  private readonly variables: Map<string, string | undefined>;

  /**
   * @param globals the arguments from before the first FROM; undefined there
   * @param environment of the stage that this one is made from
   */
  constructor(
    private readonly given: Arguments,
    private readonly globals?: ReadonlyMap<string, string>,
    environment: Environment = new Map(),
  ) {
    this.variables = new Map(environment);
  }

  /** The arguments so far. What comes later changes it no more. */
  values(): ReadonlyMap<string, string> {
    return new Map(this.args);
  }

  environment(): Environment {
    return new Map(this.variables);
  }

  /** ARG: each word is evaluated before it is cut into name and value, `"A=$B"` too, and none knows what stands beside it. */
  declare({ line, text }: Instruction): void {
    const words = cutWords(text, this.given.escape).map((word) =>
      this.evaluate(word, (problem) => {
        this.problem ??= mistake(line, `ARG ${problem}`);
      }),
    );
    for (const evaluated of words) {
      if (evaluated === undefined) continue;
      const [, name = "", written] = /^([^=]*)(?:=([^]*))?$/.exec(evaluated) ?? [];
      this.declared.add(name);
      if (written !== undefined) this.withDefault.add(name);
      if (written !== undefined && /^(TARGET|BUILD)PLATFORM$/.test(name)) {
        const remedy = `write ARG ${name}, and podman says which it is`;
        this.problem ??= mistake(line, `ARG ${name}: podman takes no default for ${name}; ${remedy}`);
      }
      const value = this.argument(name, written);
      if (value !== undefined) this.args.set(name, value);
    }
  }

  /** ENV hides arguments of the same name from later ARGs. */
  setVariables({ text }: Instruction): void {
    const words = cutWords(text, this.given.escape);
    const [, oldName = "", rest = ""] = /^(\S+)\s+([^]*)$/.exec(text) ?? [];
    const pairs = words[0]?.includes("=")
      ? words.map((word) => /^([^=]*)=?([^]*)$/.exec(word)?.slice(1))
      : [[oldName, rest]];
    const evaluated = pairs.map((pair) => (pair ?? []).map((word) => this.evaluate(word, () => undefined)));
    for (const [name, value] of evaluated) if (name !== undefined) this.variables.set(name, value);
  }

  /** @returns undefined for an argument without a value */
  private argument(name: string, written: string | undefined): string | undefined {
    const { buildArgs, platform } = this.given;
    // A default for what the builder knows is none: it is told them all, see `builderArgs`.
    return buildArgs[name] ?? platform[name] ?? written ?? this.globals?.get(name);
  }

  private evaluate(word: string, failed: (problem: string) => void): string | undefined {
    const value = (name: string) => (this.variables.has(name) ? this.variables.get(name) : this.args.get(name));
    try {
      // An argument that has no value is an empty text here, as for every builder.
      return evaluateWord(word, { value, unset: () => "" });
    } catch (cause) {
      if (!(cause instanceof WordError)) throw cause;
      failed(cause.message);
      return undefined;
    }
  }
}
