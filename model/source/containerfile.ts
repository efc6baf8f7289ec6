/** What a Containerfile asks for: images, arguments, secrets. Decided as the builder on the worker decides it. */
import { ARCHITECTURES, type Arch } from "../../infra/words";
import { ContainerfileError, mistake, parseInstructions, type Instruction } from "./instructions";
import { architectureOf, platformArguments } from "./platform-arguments";
import { parseReference } from "./reference";
import { readStages, type Stage, type Use } from "./stages";
import { evaluateWord, WordError } from "./words";

export { ContainerfileError } from "./instructions";

/** One image that the build takes from outside. */
export interface ImageUse {
  /** As the registry is asked for it. */
  readonly reference: string;
  readonly line: number;
  /** Of the image: `FROM --platform=`, else the worker's own; undefined for one that no worker has. */
  readonly arch: Arch | undefined;
}

export interface ContainerfileNeeds {
  /** In the order of the file; one that is used twice is there twice. */
  readonly images: readonly ImageUse[];
  /** Does an ARG, or the builder itself, take an argument of this name? One that is given and not taken reaches nothing. */
  readonly takes: (name: string) => boolean;
  /** What the builder must be told of the platform, because a FROM depends on it. */
  readonly platformArgs: Readonly<Record<string, string>>;
  /** Line of the first heredoc; podman older than 4.8 knows none. */
  readonly heredocLine?: number;
}

/** Arguments that builders know without an ARG (containers-build(1), `--build-arg`). */
const PREDEFINED = /^(https?|ftp|no|all)_proxy$/i;

/** @throws ContainerfileError with the line and what to do */
export function readContainerfile(
  containerfile: string,
  arch: Arch,
  buildArgs: Readonly<Record<string, string>> = {},
  target?: string,
  secrets: readonly string[] = [],
): ContainerfileNeeds {
  const { instructions, escape } = parseInstructions(containerfile);
  const platform = platformArguments(arch);
  const { stages, globals, declared } = readStages(instructions, { escape, buildArgs, platform });
  const evaluation = new Evaluation(stages, escape, arch, new Set(Object.keys(platform)));
  const last = stages.at(-1);
  if (last === undefined) throw new ContainerfileError("there is no FROM; start it with FROM REGISTRY/NAME:TAG");
  evaluation.need(target === undefined ? last : targetOf(stages, target));
  refuseMounts(
    instructions.filter(({ line }) => evaluation.builds(line)),
    secrets,
  );
  const takes = (name: string): boolean => declared.has(name) || PREDEFINED.test(name);
  const heredocLine = instructions.find(({ heredoc }) => heredoc)?.line;
  return {
    images: [...evaluation.images].sort((a, b) => a.line - b.line),
    takes,
    platformArgs: Object.fromEntries(
      Object.entries(platform).filter(([name]) => globals.has(name) && buildArgs[name] === undefined),
    ),
    ...(heredocLine === undefined ? {} : { heredocLine }),
  };
}

/** As podman finds it: the first stage with exactly this name; a number is none. */
function targetOf(stages: readonly Stage[], target: string): Stage {
  const found = stages.find(({ name }) => name === target);
  if (found !== undefined) return found;
  const names = stages.flatMap(({ name }) => name ?? []);
  const remedy = names.length === 0 ? `write FROM ... AS ${target}` : `it has ${names.join(", ")}`;
  throw new ContainerfileError(`source.target: no stage is named ${target}; ${remedy}`);
}

/** Every image for any of these architectures, each once, in the order of the file. */
export function imageReferences(
  containerfile: string,
  buildArgs: Readonly<Record<string, string>> = {},
  archs: readonly Arch[] = ARCHITECTURES,
): string[] {
  const uses = archs.flatMap((arch) => readContainerfile(containerfile, arch, buildArgs).images);
  return [...new Set(uses.sort((a, b) => a.line - b.line).map(({ reference }) => reference))];
}

/** Walks from the last stage to those that it is made from: the others are not built, and not looked at. */
class Evaluation {
  readonly images: ImageUse[] = [];
  private readonly done = new Set<Stage>();

  constructor(
    private readonly stages: readonly Stage[],
    private readonly escape: string,
    private readonly arch: Arch,
    private readonly platformNames: ReadonlySet<string>,
  ) {}

  need(stage: Stage): void {
    if (this.done.has(stage)) return;
    this.done.add(stage);
    const platform = stage.platform && this.evaluate(stage.platform, stage.number);
    this.use(stage.from, stage.number, platform);
    for (const use of stage.uses) this.use(use, stage.number, platform);
  }

  /** Is what stands in this line built? */
  builds(line: number): boolean {
    const stage = this.stages.findLast(({ from }) => from.line <= line);
    return stage !== undefined && this.done.has(stage);
  }

  /** @param before only stages above this one can be named */
  private use(use: Use, before: number, platform: string | undefined): void {
    const name = this.evaluate(use, before);
    const stage = this.stageNamed(name, before);
    if (stage !== undefined) this.need(stage);
    else if (name !== "scratch") this.images.push(this.image(use, name, platform));
  }

  private stageNamed(name: string, before: number): Stage | undefined {
    const above = this.stages.slice(0, before);
    // Of two stages with one name the later one counts.
    return above.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase()) ?? this.numbered(name, above);
  }

  private numbered(name: string, above: readonly Stage[]): Stage | undefined {
    return /^\d+$/.test(name) ? above[Number(name)] : undefined;
  }

  private evaluate({ line, word, where, values }: Use, before: number): string {
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
      const text = evaluateWord(word, { value, unset, escape: this.escape });
      // An empty argument is no mistake by itself; where no image comes of it, it is named.
      if (empty.length > 0 && text !== "scratch" && problemOf(text) !== undefined && !this.stageNamed(text, before)) {
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

  private unsetProblem(name: string, word: string, where: Use["where"], before: number): string {
    const place = where === "FROM" ? "before the first FROM" : `after the FROM of its stage (stage ${before})`;
    const declare = this.platformNames.has(name)
      ? `write ARG ${name} ${place}`
      : `write ARG ${name}=... ${place}, or set source.buildArgs`;
    return `${word} needs the argument ${name}; ${declare}`;
  }

  private image({ line, word, where }: Use, name: string, platform: string | undefined): ImageUse {
    const reference = name.replace(/^docker:\/\//, "");
    const problem = problemOf(reference);
    if (problem !== undefined) {
      const shown = word === name ? "" : `${word} stands for ${name}: `;
      const stage = /^[\w.-]+$/.test(name) ? `${where} ${name}: no stage above has this name; ` : "";
      throw mistake(line, `${shown}${stage}${problem}`);
    }
    const arch = platform ? architectureOf(platform.split("/")[1] ?? "") : this.arch;
    return { reference, line, arch };
  }
}

const TRANSPORTS =
  /^(oci-archive|docker-archive|oci|dir|containers-storage|docker-daemon|docker|ostree|sif|tarball|atomic|dockertar):/;

/** What keeps a text from being an image that a registry can be asked for. */
function problemOf(reference: string): string | undefined {
  const transport = TRANSPORTS.exec(reference)?.[0];
  // A host may have such a name: with a port behind it.
  if (transport !== undefined && !/^\w+:\d+\//.test(reference)) {
    return `${reference} is read with the transport ${transport}, for which no registry can be asked; write REGISTRY/NAME:TAG`;
  }
  try {
    parseReference(reference);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What `RUN --mount` can't be given on a worker. */
function refuseMounts(instructions: readonly Instruction[], secrets: readonly string[]): void {
  for (const { line, flags } of instructions) {
    for (const { name, value = "" } of flags) {
      if (name !== "mount") continue;
      const options = mountOptions(value);
      if (options.get("type") === "ssh") {
        throw mistake(
          line,
          "--mount=type=ssh: a worker has no ssh agent; fetch it before the build and put it into the folder",
        );
      }
      const required = options.get("required");
      if (options.get("type") !== "secret" || required === undefined || required === "false") continue;
      const id = options.get("id");
      if (id !== undefined && secrets.includes(id)) {
        // buildah's getSecretMount, 1.28: it takes what follows the "=" without looking whether there is one.
        if (/(^|,)\s*required\s*(,|$)/.test(value))
          throw mistake(line, '--mount=type=secret: podman 4.3 fails on "required" alone; write required=true');
        continue;
      }
      throw mistake(
        line,
        `--mount=type=secret needs the secret ${id ?? "without an id"}, and source.secrets has none of that id; set it with ` +
          `"pulumi config set --secret --path 'copr-builders:source.secrets.${id ?? "ID"}'", or leave out "required"`,
      );
    }
  }
}

function mountOptions(text: string): Map<string, string> {
  return new Map(
    text.split(",").map((option) => {
      const [, name = "", value = "true"] = /^([^=]*)(?:=([^]*))?$/.exec(option) ?? [];
      return [name.trim().toLowerCase(), value.trim()] as const;
    }),
  );
}
