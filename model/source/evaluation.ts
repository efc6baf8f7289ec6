/** Which stages of a Containerfile are built, and which images they take from outside. */
import type { Arch } from "../../infra/words";
import { mistake } from "./instructions";
import { architectureOf } from "./platform-arguments";
import { parseReference } from "./reference";
import type { Arguments } from "./scope";
import { stageNamed, type Stage, type Stages, type Use } from "./stages";
import { evaluateWord, WordError } from "./words";

/** One image that the build takes from outside. */
export interface ImageUse {
  /** As the registry is asked for it. */
  readonly reference: string;
  readonly line: number;
  /** Of the image: `FROM --platform=`, else the worker's own; undefined for one that no worker has. */
  readonly arch: Arch | undefined;
}

/** Walks from the last stage to those that it is made from: the others are not built, and not looked at. */
export class Evaluation {
  readonly images: ImageUse[] = [];
  /** Names of arguments in those FROMs that stand for a stage. */
  readonly choosing = new Set<string>();
  /** Names of source.contexts that something is taken from. */
  readonly contexts = new Set<string>();
  /** Of the stages that are built. For podman stages with one name are one: all of them are built, or none. */
  private readonly needed = new Set<string>();

  constructor(
    private readonly read: Stages,
    private readonly given: Arguments,
    private readonly arch: Arch,
  ) {}

  build(last: Stage): void {
    this.need(last.name);
    for (const stage of this.read.stages.filter(({ name }) => this.needed.has(name))) {
      if (stage.problem !== undefined) throw stage.problem;
      const platform = stage.platform && this.platform(stage.platform);
      for (const use of [stage.from, ...stage.uses]) this.use(use, stage, platform);
    }
  }

  /** Is what stands in this line built? */
  builds(line: number): boolean {
    const stage = this.read.stages.findLast(({ from }) => from.line <= line);
    return stage !== undefined && this.needed.has(stage.name);
  }

  private need(name: string): void {
    // The last one says what all of its name need.
    const stage = this.read.stages.findLast((one) => one.name === name);
    if (stage === undefined || this.needed.has(name)) return;
    this.needed.add(name);
    for (const use of [stage.from, ...stage.uses]) {
      const other = this.foreseen(use, stage.number);
      if (other !== undefined) this.need(other.name);
    }
  }

  /** The stage that podman sees in a word before it builds anything. */
  private foreseen({ word, where, values }: Use, before: number): Stage | undefined {
    const above = this.read.stages.slice(0, before);
    if (this.given.contexts.has(word)) return undefined;
    // Numbers are seen as names alone.
    if (where === "RUN --mount") return above.findLast(({ name }) => name === word);
    const { globals } = this.read;
    const { buildArgs, platform } = this.given;
    const outside = (name: string) => buildArgs[name] ?? platform[name] ?? globals.get(name);
    const value = where === "FROM" ? (name: string) => values.get(name) : outside;
    try {
      const name = evaluateWord(word, { value, unset: () => "" });
      const stage = stageNamed(name, above);
      return this.hidden(name, stage, where) === undefined ? stage : undefined;
    } catch (error) {
      // A mistake, or no stage: both are said where it is used.
      if (error instanceof WordError) return undefined;
      throw error;
    }
  }

  private use(use: Use, { number, name: own }: Stage, platform: string | undefined): void {
    const { line, word, where } = use;
    if (where === "FROM" && this.isContext(use, platform)) return;
    const name = this.evaluate(use, number);
    const stage = stageNamed(name, this.read.stages.slice(0, number));
    const hiding = this.hidden(name, stage, where);
    if (hiding !== undefined) {
      if (where === "FROM")
        throw mistake(line, `FROM ${word}: podman does not see that this is source.contexts.${name}; write its name`);
      this.takeFrom(hiding, use, platform);
      return;
    }
    if (stage === undefined) {
      if (name !== "scratch") this.images.push(this.image(use, name, platform));
      return;
    }
    if (where === "FROM") this.namesIn(use).forEach((one) => this.choosing.add(one));
    else if (stage.name === own)
      throw mistake(line, `${where} ${name}: this stage has that name too, which hides the one above; rename one`);
    if (!this.needed.has(stage.name))
      throw mistake(
        line,
        `${where} ${word}: podman does not see beforehand that this is the stage ${name}, and leaves it out; write its name`,
      );
  }

  /** The name of the context that is meant, where podman looks for one. COPY finds one by the number of a stage too. */
  private hidden(name: string, stage: Stage | undefined, where: Use["where"]): string | undefined {
    const names = where === "COPY --from" && /^\d+$/.test(name) ? [name, stage?.name ?? ""] : [name];
    return names.find((one) => one !== "" && this.given.contexts.has(one));
  }

  /** FROM is compared as it is written: quotes and arguments make it another name. */
  private isContext(use: Use, platform: string | undefined): boolean {
    const { line, word } = use;
    const found = word === "scratch" ? undefined : this.given.contexts.get(word);
    if (found === undefined) return false;
    if (found.kind === "folder")
      throw mistake(
        line,
        `FROM ${word}: source.contexts.${word} is a folder, and podman makes a stage from images alone`,
      );
    this.takeFrom(word, use, platform);
    return true;
  }

  private takeFrom(name: string, { line }: Use, platform: string | undefined): void {
    this.contexts.add(name);
    const found = this.given.contexts.get(name);
    if (found?.kind === "image") this.images.push({ reference: found.reference, line, arch: this.archOf(platform) });
  }

  private namesIn({ word, values }: Use): string[] {
    const names: string[] = [];
    evaluateWord(word, { value: (name) => (names.push(name), values.get(name)), unset: () => "" });
    return names;
  }

  /** What the builder knows itself needs no ARG here. */
  private platform(use: Use): string {
    return this.evaluate({ ...use, values: new Map([...Object.entries(this.given.platform), ...use.values]) }, 0);
  }

  private evaluate(use: Use, before: number): string {
    const { line, word, where, values } = use;
    const empty: string[] = [];
    const value = (name: string) => {
      const found = values.get(name);
      if (found === "") empty.push(name);
      return found;
    };
    const unset = (name: string): string => {
      throw new WordError(this.unsetProblem(name, word, where, before));
    };
    try {
      const text = evaluateWord(word, { value, unset });
      if (where !== "FROM") this.refuseUndecided(use, text, before);
      const stage = stageNamed(text, this.read.stages.slice(0, before));
      const isKnown = stage !== undefined || this.given.contexts.has(text);
      // An empty argument is no mistake by itself; where no image comes of it, it is named.
      if (empty.length > 0 && text !== "scratch" && problemOf(text) !== undefined && !isKnown) {
        throw new WordError(
          `${word} stands for ${JSON.stringify(text)}, which is no image, because ${empty.join(" and ")} is empty; ` +
            `give ${empty.join(" and ")} in source.buildArgs, or a default in its ARG`,
        );
      }
      return text;
    } catch (cause) {
      if (cause instanceof WordError) throw mistake(line, cause.message);
      throw cause;
    }
  }

  /**
   * podman reads such a word twice: first with the arguments of the stage, then with all that it was given and with ENV; that
   * of RUN it reads the second way alone.
   */
  private refuseUndecided({ word, where, values, environment }: Use, text: string, before: number): void {
    const differing: string[] = [];
    const value = (name: string) => {
      const second = environment.has(name) ? environment.get(name) : (values.get(name) ?? this.told(name));
      if (second !== values.get(name)) differing.push(name);
      return second;
    };
    if (evaluateWord(word, { value, unset: () => "" }) === text) return;
    const name = differing[0] ?? "";
    if (!environment.has(name)) throw new WordError(this.unsetProblem(name, word, where, before));
    throw new WordError(`${word}: ENV sets ${name} to something else than ARG ${name}; rename one of them`);
  }

  /** What the builder is given for it: an argument of the platform only where the file asks for it somewhere. */
  private told(name: string): string | undefined {
    const { globalNames, withDefault } = this.read;
    const asked = globalNames.has(name) || withDefault.has(name);
    return this.given.buildArgs[name] ?? (asked ? this.given.platform[name] : undefined);
  }

  private unsetProblem(name: string, word: string, where: Use["where"], before: number): string {
    const place = where === "FROM" ? "before the first FROM" : `after the FROM of its stage (stage ${before})`;
    const declare = Object.hasOwn(this.given.platform, name)
      ? `write ARG ${name} ${place}`
      : `write ARG ${name}=... ${place}, or set source.buildArgs`;
    return `${word} needs the argument ${name}; ${declare}`;
  }

  private image({ line, word, where }: Use, name: string, platform: string | undefined): ImageUse {
    const reference = name.replace(/^docker:\/\//, "");
    const problem = problemOf(name);
    if (problem !== undefined) {
      const shown = word === name ? "" : `${word} stands for ${name}: `;
      const stage = /^[\w.-]+$/.test(name) ? `${where} ${name}: ${this.noStage(name)}; ` : "";
      throw mistake(line, `${shown}${stage}${problem}`);
    }
    return { reference, line, arch: this.archOf(platform) };
  }

  private archOf(platform: string | undefined): Arch | undefined {
    return platform ? architectureOf(platform.split("/")[1] ?? "") : this.arch;
  }

  private noStage(name: string): string {
    const similar = this.read.stages.find((stage) => stage.name.toLowerCase() === name.toLowerCase());
    return similar === undefined || similar.name === name
      ? "no stage above has this name"
      : `podman tells ${name} from the stage ${similar.name}; write it with the same letters`;
  }
}

const TRANSPORTS =
  /^(oci-archive|docker-archive|oci|dir|containers-storage|docker-daemon|docker|ostree|sif|tarball|atomic|dockertar):/;

/** What keeps a text from being an image that a registry can be asked for. */
function problemOf(name: string): string | undefined {
  const reference = name.replace(/^docker:\/\//, "");
  const transport = TRANSPORTS.exec(reference)?.[0];
  // A host may have such a name: with a port behind it.
  if (transport !== undefined && !/^\w+:\d+\//.test(reference)) {
    return `${reference} is read with the transport ${transport}, for which no registry can be asked; write REGISTRY/NAME:TAG`;
  }
  try {
    const { digest } = parseReference(reference);
    const hasTag = /:[^/:]+@/.test(reference);
    return name !== reference && digest !== undefined && hasTag
      ? `${name} has a tag and a digest, which podman refuses behind docker://; write it without docker://`
      : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
