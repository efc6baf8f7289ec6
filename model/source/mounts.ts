/** What `RUN --mount` can't be given on a worker. */
import { mistake, type Instruction } from "./instructions";

const TARGET = ["target", "dst", "destination"];
const VOLUME = [
  ...["nosuid", "nodev", "noexec", "rw", "readwrite", "ro", "readonly", "Z", "z", "U", "from", "src", "source"],
  ...["shared", "rshared", "private", "rprivate", "slave", "rslave", "bind-propagation", "relabel", ...TARGET],
];
/** What each type takes in some version of podman. Source: buildah's `internal/volumes` and `run_common.go`. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  bind: [...VOLUME, "bind-nonrecursive", "no-dereference", "consistency", "idmap"],
  cache: [...VOLUME, "sharing", "id", "mode", "uid", "gid"],
  secret: ["id", "required", "mode", "uid", "gid", "env", ...TARGET],
  ssh: ["id", "required", "mode", "uid", "gid", ...TARGET],
  tmpfs: ["nosuid", "nodev", "noexec", "ro", "readonly", "tmpcopyup", "tmpfs-mode", "tmpfs-size", "size", ...TARGET],
};
const TYPES = Object.keys(OPTIONS);
const VALUES: readonly [name: string, is: RegExp, what: string][] = [
  ["sharing", /^(shared|private|locked)$/, "shared, private or locked"],
  ["mode", /^[0-7]+$/, "an octal number"],
  ["uid", /^\d+$/, "a number"],
  ["gid", /^\d+$/, "a number"],
];

/** @throws ContainerfileError with the line and what to do */
export function refuseMounts(instructions: readonly Instruction[], secrets: readonly string[]): void {
  for (const { line, flags } of instructions) {
    for (const { name, value = "" } of flags) {
      if (name !== "mount") continue;
      const options = mountOptions(value);
      const type = options.get("type") ?? "bind";
      if (!TYPES.includes(type))
        throw mistake(line, `--mount=type=${type}: builders know no such type; write one of ${TYPES.join(", ")}`);
      if (options.get("type") === "ssh") {
        throw mistake(
          line,
          "--mount=type=ssh: a worker has no ssh agent; fetch it before the build and put it into the folder",
        );
      }
      const problem = optionProblem(type, value, options);
      if (problem !== undefined) throw mistake(line, `--mount=type=${type}: ${problem}`);
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

/** What podman says when it comes to the step. Arguments may stand for anything. */
function optionProblem(type: string, text: string, options: ReadonlyMap<string, string>): string | undefined {
  const known = OPTIONS[type] ?? [];
  const names = text.split(",").map((option) => option.replace(/=.*$/s, "").trim());
  const unknown = names.find((name) => name !== "type" && !name.includes("$") && !known.includes(name));
  if (unknown !== undefined) return `builders know no option "${unknown}", only ${known.join(", ")}`;
  for (const [name, is, what] of VALUES) {
    const value = options.get(name) ?? "";
    if (options.has(name) && !value.includes("$") && !is.test(value)) return `${name}=${value} is not ${what}`;
  }
  if (text.includes("$")) return undefined;
  if (type === "secret") return options.get("id") ? undefined : "it names no secret; write id=...";
  const isPlaced = TARGET.some((name) => (options.get(name) ?? "") !== "");
  return isPlaced ? undefined : "it says nowhere where to; write target=/...";
}

function mountOptions(text: string): Map<string, string> {
  return new Map(
    text.split(",").map((option) => {
      const [, name = "", value = "true"] = /^([^=]*)(?:=([^]*))?$/.exec(option) ?? [];
      return [name.trim().toLowerCase(), value.trim()] as const;
    }),
  );
}
