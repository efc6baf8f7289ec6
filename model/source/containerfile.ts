/** What a Containerfile asks for: images, arguments, secrets. Decided as the builder on the worker decides it. */
import { ARCHITECTURES, type Arch } from "../../infra/words";
import { Evaluation, type ImageUse } from "./evaluation";
import { ContainerfileError, parseInstructions } from "./instructions";
import { refuseForms } from "./forms";
import { refuseMounts } from "./mounts";
import { platformArguments } from "./platform-arguments";
import type { Arguments, NamedContext } from "./scope";
import { readStages, type Stage, type Stages } from "./stages";

export { ContainerfileError } from "./instructions";

export interface ContainerfileNeeds {
  /** In the order of the file; one that is used twice is there twice. */
  readonly images: readonly ImageUse[];
  /** Does an ARG, or the builder itself, take an argument of this name? One that is given and not taken reaches nothing. */
  readonly takes: (name: string) => boolean;
  /** What the builder must be told besides the settings' own arguments, so that it sees what is seen here. */
  readonly builderArgs: Readonly<Record<string, string>>;
  /** Names of source.contexts that the stages that are built take from. */
  readonly contexts: ReadonlySet<string>;
  /** Line of the first heredoc; podman older than 4.8 knows none. */
  readonly heredocLine?: number;
}

/** Arguments that builders know without an ARG (containers-build(1), `--build-arg`). */
const PREDEFINED = /^((https?|ftp|no|all)_proxy|(HTTPS?|FTP|NO|ALL)_PROXY)$/;

/** @throws ContainerfileError with the line and what to do */
export function readContainerfile(
  containerfile: string,
  arch: Arch,
  buildArgs: Readonly<Record<string, string>> = {},
  target?: string,
  secrets: readonly string[] = [],
  contexts: Readonly<Record<string, NamedContext>> = {},
): ContainerfileNeeds {
  const { instructions, escape } = parseInstructions(containerfile);
  const given = { escape, buildArgs, platform: platformArguments(arch), contexts: new Map(Object.entries(contexts)) };
  const read = readStages(instructions, given);
  const last = target === undefined ? read.stages.at(-1) : targetOf(read.stages, target);
  if (last === undefined) throw new ContainerfileError("there is no FROM; start it with FROM REGISTRY/NAME:TAG");
  const evaluation = new Evaluation({ ...read, stages: read.stages.slice(0, last.number + 1) }, given, arch);
  evaluation.build(last);
  refuseForms(instructions, (line) => evaluation.builds(line));
  refuseMounts(
    instructions.filter(({ line }) => evaluation.builds(line)),
    secrets,
  );
  const takes = (name: string): boolean => read.declared.has(name) || PREDEFINED.test(name);
  const heredocLine = instructions.find(({ heredoc }) => heredoc)?.line;
  return {
    images: [...evaluation.images].sort((a, b) => a.line - b.line),
    takes,
    builderArgs: builderArgs(read, given, evaluation.choosing),
    contexts: evaluation.contexts,
    ...(heredocLine === undefined ? {} : { heredocLine }),
  };
}

/**
 * podman 4.3 takes a default that a file has for an argument of the platform, and newer ones take none. And it fills into a FROM
 * what it was told alone, when it looks which stages there are.
 * @param choosing names in a FROM that stands for a stage
 */
function builderArgs(
  { globals, globalNames, withDefault }: Stages,
  { platform, buildArgs }: Arguments,
  choosing: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const wanted = Object.entries(platform).filter(([name]) => globalNames.has(name) || withDefault.has(name));
  // One that a stage has a default of its own for would be another there.
  const chosen = [...globals].filter(([name]) => choosing.has(name) && !withDefault.has(name));
  return Object.fromEntries([...chosen, ...wanted].filter(([name]) => buildArgs[name] === undefined));
}

/** As podman finds it: the first stage with exactly this name; a number is none. */
function targetOf(stages: readonly Stage[], target: string): Stage {
  const found = stages.find(({ name, number }) => name === target && name !== String(number));
  if (found !== undefined) return found;
  const names = stages.filter(({ name, number }) => name !== String(number)).map(({ name }) => name);
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
