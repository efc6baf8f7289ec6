/** What `RUN --mount` can't be given on a worker. */
import { mistake, type Instruction } from "./instructions";

const TYPES = ["bind", "cache", "secret", "ssh", "tmpfs"];

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
