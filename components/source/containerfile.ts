/** Which images a Containerfile builds on. */
import { Arg, Copy, DockerfileParser, From, Run, type PropertyInstruction } from "dockerfile-ast";

/** A Containerfile that cannot be understood, or that asks for what only the worker knows. */
export class ContainerfileError extends Error {
  override readonly name = "ContainerfileError";
}

/** Set by the builder itself, differently on each architecture (docs.docker.com, "Automatic platform ARGs"). */
const PLATFORM_ARGS = /^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)$/;

/**
 * References of every image that the build takes from outside: each FROM of each stage, `COPY --from` and
 * `RUN --mount=from=`; with arguments put in; without `scratch` and the names of stages. Each once, in order.
 */
export function imageReferences(containerfile: string, buildArgs: Readonly<Record<string, string>> = {}): string[] {
  const file = DockerfileParser.parse(containerfile);
  const globals = new Map<string, string | undefined>();
  const stages = new Set<string>();
  const references = new Set<string>();
  let inStage = false;

  for (const instruction of file.getInstructions()) {
    if (instruction instanceof From) {
      inStage = true;
      const image = instruction.getImage();
      const line = lineOf(instruction);
      if (image === null)
        throw new ContainerfileError(`line ${line}: FROM names no image; write FROM REGISTRY/NAME:TAG`);
      const reference = substitute(image, globals, line);
      if (!stages.has(reference.toLowerCase()) && reference !== "scratch") references.add(reference);
      const stage = instruction.getBuildStage();
      if (stage !== null) stages.add(stage.toLowerCase());
    } else if (instruction instanceof Arg && !inStage) {
      for (const [name, value] of argProperties(instruction)) {
        const given = buildArgs[name];
        globals.set(name, given ?? (value === null ? undefined : substitute(value, globals, lineOf(instruction))));
      }
    } else {
      for (const from of otherSources(instruction)) {
        // Neither a stage by name nor by number: an image, in which builders substitute nothing.
        if (!stages.has(from.toLowerCase()) && !/^\d+$/.test(from)) references.add(from);
      }
    }
  }
  if (!inStage) throw new ContainerfileError("there is no FROM; start it with FROM REGISTRY/NAME:TAG");
  return [...references];
}

function argProperties(arg: PropertyInstruction): (readonly [string, string | null])[] {
  return arg.getProperties().map((property) => [property.getName(), property.getValue()] as const);
}

function otherSources(instruction: unknown): string[] {
  if (instruction instanceof Copy) {
    const from = instruction.getFromFlag()?.getValue();
    return from ? [from] : [];
  }
  if (!(instruction instanceof Run)) return [];
  return instruction
    .getFlags()
    .filter((flag) => flag.getName() === "mount")
    .flatMap((flag) => flag.getOptions())
    .flatMap((option) => (option.getName() === "from" ? (option.getValue() ?? []) : []));
}

/** `$NAME`, `${NAME}`, `${NAME:-otherwise}`, `${NAME:+if set}`, and the same without the colon. */
function substitute(text: string, values: ReadonlyMap<string, string | undefined>, line: number): string {
  return text.replace(/\$(?:\{(\w+)(?:(:?)([-+])([^}]*))?\}|(\w+))/g, (_, braced, colon, operator, word, plain) => {
    const name = String(braced ?? plain);
    const value = values.get(name);
    const set = value !== undefined && (colon !== ":" || value !== "");
    if (operator === "+") return set ? substitute(String(word), values, line) : "";
    if (operator === "-" && !set) return substitute(String(word), values, line);
    if (value !== undefined) return value;
    if (PLATFORM_ARGS.test(name)) {
      throw new ContainerfileError(
        `line ${line}: ${text} depends on ${name}, which differs on each worker; write a reference that serves all of them`,
      );
    }
    throw new ContainerfileError(
      `line ${line}: ${text} needs the argument ${name}; write ARG ${name}=... before the first FROM, or set source.buildArgs`,
    );
  });
}

function lineOf(instruction: From | Arg): number {
  return instruction.getRange().start.line + 1;
}
