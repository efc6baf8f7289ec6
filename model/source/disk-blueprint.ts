/** What the image builders take as their configuration: osbuild's blueprint, `pkg/blueprint`. Both refuse what they don't know. */
import * as z from "zod";

const text = z.string("must be a text").exactOptional();
/** osbuild makes nothing of an empty one, and says so when the disk is made. */
const needed = z
  .string({ error: ({ input }) => (input === undefined ? "is missing" : "must be a text") })
  .min(1, "must not be empty");
const texts = z.array(z.string("must be a text"), "must be a list of texts").exactOptional();
const number = z.int("must be a whole number").exactOptional();
const flag = z.boolean("must be true or false").exactOptional();
/** A part that few disks have: that it is a map is all that is looked at. */
const map = z.looseObject({}, "must be a map").exactOptional();
const mapOf = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, "must be a map").exactOptional();
/** Sections that may be there several times: `[[...]]` in TOML. */
const list = <T extends z.ZodType>(item: T) => z.array(item, "must be a list: [[...]] in TOML").exactOptional();
const strict = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, "must be a map");

/** datasizes.Parse of osbuild/images. */
const SIZE = /^\s*\d+(\.\d+)?(\s*([kMGT]B|[KMGT]iB))?\s*$/;
const sizeError = 'is not a size; write bytes, or "10 GiB"';
const size = z.union([z.number().nonnegative(sizeError), z.string().regex(SIZE, sizeError)], sizeError).exactOptional();

const named = strict({ name: text, version: text });
/** Its own reader passes over keys that it doesn't know. */
const filesystem = z.looseObject({ mountpoint: needed, minsize: size, size }, "must be a map");
const node = z.looseObject({ path: needed, mode: text, data: text, uri: text }, "must be a map");
const partition = z.looseObject(
  { type: z.enum(["plain", "lvm", "btrfs"], "must be plain, lvm or btrfs").exactOptional(), minsize: size },
  "must be a map",
);
const user = strict({
  ...{ name: needed, description: text, password: text, key: text, home: text, shell: text },
  ...{ groups: texts, uid: number, gid: number, expiredate: number, force_password_reset: flag },
});

const customizations = mapOf({
  hostname: text,
  kernel: mapOf({ name: text, append: text }),
  sshkey: list(strict({ user: text, key: text })),
  user: list(user),
  group: list(strict({ name: needed, gid: number })),
  timezone: mapOf({ timezone: text, ntpservers: texts }),
  locale: mapOf({ languages: texts, keyboard: text }),
  firewall: mapOf({
    ports: texts,
    services: mapOf({ enabled: texts, disabled: texts }),
    zones: list(strict({ name: text, sources: texts })),
  }),
  services: mapOf({ enabled: texts, disabled: texts, masked: texts }),
  filesystem: list(filesystem),
  disk: mapOf({
    type: z.enum(["gpt", "dos"], "must be gpt or dos").exactOptional(),
    ...{ minsize: size, partitions: list(partition), start_offset: size, sector_size: number },
  }),
  ...{ installation_device: text, partitioning_mode: text, fips: flag },
  directories: list(node),
  files: list(node),
  repositories: list(z.looseObject({ id: needed }, "must be a map")),
  cacerts: mapOf({ pem_certs: texts }),
  "containers-storage": mapOf({ "destination-path": text }),
  ...{ fdo: map, openscap: map, ignition: map, installer: map, rpm: map, rhsm: map },
  ...{ firstboot: map, dnf: map, iso: map, sshd: map },
});

const blueprint = strict({
  ...{ name: text, description: text, version: text, distro: text, architecture: text },
  ...{ packages: list(named), modules: list(named), groups: list(strict({ name: text })) },
  enabled_modules: list(strict({ name: text, stream: text })),
  containers: list(strict({ source: text, name: text, "tls-verify": flag, "local-storage": flag })),
  customizations,
});

export interface BlueprintProblem {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

/** Everything in it that an image builder refuses, in the order in which it is read. */
export function blueprintProblems(value: unknown): BlueprintProblem[] {
  const result = blueprint.safeParse(folded(value));
  const problems = (result.error?.issues ?? []).flatMap((issue): BlueprintProblem[] => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    if (issue.code !== "unrecognized_keys") return [{ path, problem: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key], problem: `the image builder knows no ${key} here` }));
  });
  const both = result.data?.customizations;
  if (both?.disk !== undefined && both.filesystem !== undefined)
    problems.push({ path: ["customizations", "disk"], problem: "stands beside customizations.filesystem; keep one" });
  return problems;
}

/** Keys as the builders' decoders match them, in capitals or not; null is nothing. */
function folded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(folded);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key.toLowerCase(), folded(item)]));
}
