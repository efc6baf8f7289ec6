/** Containerfiles as nobody writes them, but could: everything that decides which images are asked for, in any mixture. */
import { Chance } from "./chance";
import { FILE } from "./tiny-image";

export interface Generated {
  readonly text: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target?: string;
}

export interface Images {
  /** In front of each name. */
  readonly registry: string;
  /** Of any image. */
  readonly digest: string;
  /** Names of contexts that it takes from, too. @default none */
  readonly contexts?: readonly [string, ...string[]];
}

const ARGUMENTS = ["A", "B", "base_1", "VERSION"] as const;
const PLATFORM = ["TARGETARCH", "TARGETOS", "BUILDARCH", "TARGETPLATFORM"] as const;
const NAMES = ["base", "Tools", "s-1", "x.y", "1st"] as const;

export function generateContainerfile(seed: number, images: Images): Generated {
  return new Generator(new Chance(seed), images).file();
}

class Generator {
  private readonly escape: string;
  private readonly directives: string[] = [];
  /** Names of the stages so far; undefined for one without. */
  private readonly stages: (string | undefined)[] = [];

  constructor(
    private readonly chance: Chance,
    private readonly images: Images,
  ) {
    this.escape = chance.happens(0.15) ? "`" : "\\";
    if (chance.happens(0.15)) this.directives.push("# syntax=docker/dockerfile:1");
    if (this.escape === "`") this.directives.push(chance.of(["# escape=`", "#escape=`", "# Escape = `"]));
    else if (chance.happens(0.1)) this.directives.push("# escape=\\");
  }

  file(): Generated {
    const { chance } = this;
    const globals = chance.times(chance.between(1, 5), () => this.argument(true));
    const stages = chance.times(chance.between(1, 4), (number) => this.stage(number));
    const named = this.stages.filter((name) => name !== undefined);
    const lines = [...this.directives, ...this.noise(), ...globals, ...stages.flat()];
    return {
      text: `${lines.join(chance.happens(0.1) ? "\r\n" : "\n")}\n`,
      buildArgs: Object.fromEntries(
        ARGUMENTS.flatMap((name) => (chance.happens(0.12) ? [[name, this.plainValue()] as const] : [])),
      ),
      ...(named.length > 0 && chance.happens(0.15) ? { target: chance.of([named[0] ?? "", ...named]) } : {}),
    };
  }

  private stage(number: number): string[] {
    const { chance } = this;
    const name = chance.happens(0.55) ? chance.of(NAMES) : undefined;
    const as = name === undefined ? "" : ` ${chance.of(["AS", "as", "As"])} ${name}`;
    const platform = chance.happens(0.08) ? this.platform() : "";
    const from = `${chance.of(["FROM", "FROM", "from"])} ${platform}${this.image(true)}${as}`;
    this.stages[number] = name;
    const body = chance.times(chance.between(0, 3), () => this.instruction(number));
    // A stage from scratch has nothing to be copied, and no shell, otherwise.
    return [...this.noise(), this.continued(from), "COPY . /", ...body];
  }

  private instruction(number: number): string {
    const { chance } = this;
    return chance.do([
      () => this.argument(false),
      () => this.argument(false),
      () => this.copy(number),
      () => this.copy(number),
      () => (chance.happens(0.4) ? this.run(number) : this.copy(number)),
      () => `${chance.of(["ENV", "LABEL"])} ${chance.of(ARGUMENTS)}${chance.of(["=", "=", " "])}${this.value() || "x"}`,
      () => this.continued(`LABEL text="FROM ${this.reference()}"`),
      () => this.noise().join("\n"),
    ]);
  }

  private copy(number: number): string {
    const { chance } = this;
    const from = `--from=${this.source(number)}`;
    const flags = [
      from,
      ...(chance.happens(0.3) ? ["--chown=0:0"] : []),
      ...(chance.happens(0.3) ? ["--chmod=644"] : []),
    ];
    if (chance.happens(0.3)) flags.reverse();
    const what = chance.happens(0.2) ? `["/${FILE}", "/copy"]` : `/${FILE} /copy`;
    return this.continued(`${chance.of(["COPY", "copy", "COPY"])} ${flags.join(chance.of([" ", "  "]))} ${what}`);
  }

  private run(number: number): string {
    const { chance } = this;
    const mount = (): string => {
      const from = `from=${this.source(number)}`;
      const options = ["type=bind", from, "target=/mnt"];
      if (chance.happens(0.3)) options.reverse();
      return `--mount=${options.join(",")}`;
    };
    const mounts = chance.times(chance.between(1, 2), (index) => mount().replace("/mnt", `/mnt${index}`));
    return this.continued(`RUN ${mounts.join(" ")} true`);
  }

  /** What COPY or a mount takes from. */
  private source(number: number): string {
    const { chance } = this;
    const { contexts } = this.images;
    if (contexts !== undefined && chance.happens(0.5)) return chance.of(contexts);
    return chance.do([
      () => this.image(false),
      () => this.image(false),
      () => this.stageName() ?? this.reference(),
      () => (number > 0 ? String(chance.between(0, number - 1)) : this.reference()),
      () => `"${this.reference()}"`,
    ]);
  }

  private image(base: boolean): string {
    const { chance } = this;
    const { contexts } = this.images;
    if (contexts !== undefined && chance.happens(0.3)) return chance.of(contexts);
    return chance.do([
      () => this.reference(),
      () => this.reference(),
      () => this.stageName() ?? this.reference(),
      () => (base ? chance.of(["scratch", this.reference()]) : this.reference()),
      () => `${this.images.registry}/team/${this.variable("")}:1`,
      () => `${this.images.registry}/team/name:${this.variable("")}`,
      () => this.variable(this.reference()),
      () => `${chance.happens(0.3) ? "docker://" : ""}${this.reference()}`,
      () => `"${this.reference()}"`,
    ]);
  }

  private stageName(): string | undefined {
    const named = this.stages.filter((name) => name !== undefined);
    if (named.length === 0) return undefined;
    const name = this.chance.of([named[0] ?? "", ...named]);
    return this.chance.happens(0.15) ? this.chance.of([name.toUpperCase(), name.toLowerCase()]) : name;
  }

  private reference(): string {
    const { chance, images } = this;
    const name = `${images.registry}/${chance.of(["a", "b/c", "team/d_e", "team/f.g-h"])}`;
    return chance.do([
      () => name,
      () => `${name}:1`,
      () => `${name}:v2.0-x`,
      () => `${name}@${images.digest}`,
      () => `${name}:1@${images.digest}`,
    ]);
  }

  private variable(otherwise: string): string {
    const { chance } = this;
    const name = chance.happens(0.12) ? chance.of(PLATFORM) : chance.of(ARGUMENTS);
    const rest = otherwise || chance.of(["x", "y-1", "2"]);
    const nested = (): string => (chance.happens(0.3) ? this.variable(rest) : rest);
    return chance.do([
      () => `$${name}`,
      () => `\${${name}}`,
      () => `\${${name}:-${nested()}}`,
      () => `\${${name}:+${nested()}}`,
      () => `\${${name}:-${nested()}}`,
      () => (chance.happens(0.1) ? `\${${name}${chance.of(["-", "+"])}${nested()}}` : `$${name}`),
    ]);
  }

  private argument(global: boolean): string {
    const { chance } = this;
    const name = chance.happens(0.15) ? chance.of(PLATFORM) : chance.of(ARGUMENTS);
    const isPlatform = PLATFORM.some((one) => one === name);
    const valueless = chance.happens(isPlatform ? 0.9 : global ? 0.15 : 0.4);
    return this.continued(`${chance.of(["ARG", "ARG", "arg"])} ${name}${valueless ? "" : `=${this.value()}`}`);
  }

  private value(): string {
    const { chance } = this;
    return chance.do([
      () => this.plainValue(),
      () => this.plainValue(),
      () => `"${this.plainValue()}"`,
      () => `'${this.plainValue()}'`,
      () => this.variable(chance.happens(0.3) ? this.reference() : ""),
      () => `"${this.variable("")}"`,
      () => `'${this.variable("")}'`,
      () => `${this.escape}${this.plainValue()}`,
      () => "",
    ]);
  }

  private plainValue(): string {
    const { chance } = this;
    return chance.do([
      () => chance.of(["x", "y-1", "2.0", "base"]),
      () => this.reference(),
      () => chance.of(["scratch", "0"]),
    ]);
  }

  private platform(): string {
    return `--platform=${this.chance.of(["linux/amd64", "$BUILDPLATFORM", "linux/arm64", "$TARGETPLATFORM"])} `;
  }

  /** Comments and empty lines. */
  private noise(): string[] {
    const { chance } = this;
    return chance.times(chance.between(0, 2), () =>
      chance.of(["", "# a comment", `  # FROM ${this.reference()}`, `# goes on ${this.escape}`]),
    );
  }

  /** Here and there a line is broken where a space is, with a comment or an empty line between. */
  private continued(line: string): string {
    const { chance } = this;
    return line.replace(/ (?=\S)/g, (space) => {
      if (!chance.happens(0.08)) return space;
      const between = chance.of(["", "", "  # between\n", "# FROM nowhere\n"]);
      return ` ${this.escape}${chance.of(["", "", "  "])}\n${between}  `;
    });
  }
}
