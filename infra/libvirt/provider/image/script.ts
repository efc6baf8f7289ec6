/** The scripts that run on a hypervisor: put together here, sent on standard input, their answers read back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DiskData } from "../../../../contract/disk-data";
import type { Owner } from "../../../../provider/owner";
import { quote } from "../../../../provider/shell";

interface Volume {
  readonly pool: string;
  readonly name: string;
}

/** What the state knows of a volume; absent is anything. */
export interface Known {
  /** Absent: the volume was made by a version that left no marks. */
  readonly identity?: string;
  readonly resource?: string;
  readonly sha256?: string;
  readonly sizeBytes?: number;
}

export interface Pull extends Volume {
  readonly kind: "pull";
  readonly owner: Owner;
  /** Secret. */
  readonly url: string;
  readonly sizeBytes: number;
  readonly dataBytes: number;
  readonly sha256: string;
  readonly data?: DiskData | undefined;
  /**
   * What is enough to take a volume that is there for the right one without reading it: our mark; or, for one without a
   * mark, its size.
   */
  readonly believe: "nothing" | "mark" | "size";
}

export type Task =
  | Pull
  | (Volume & { readonly kind: "inspect" | "delete"; readonly known: Known })
  | (Volume & { readonly kind: "tidy"; readonly identity: string })
  | { readonly kind: "look"; readonly pool: string; readonly names: readonly string[] }
  | { readonly kind: "owned"; readonly identity: string; readonly pools: readonly string[] };

export type Answer =
  | { readonly kind: "progress"; readonly bytes: number }
  | { readonly kind: "status"; readonly text: string }
  | { readonly kind: "volume"; readonly capacity: number; readonly allocation: number }
  | { readonly kind: "gone" }
  /** The volume is not the one that the state knows. */
  | { readonly kind: "kept"; readonly why: string }
  | { readonly kind: "place"; readonly machine: string; readonly poolUuid: string }
  | { readonly kind: "image"; readonly name: string; readonly owner?: string }
  | ({ readonly kind: "owned" } & Owned)
  | { readonly kind: "done" };

const OWNED_KINDS = ["domain", "volume", "image", "mark", "half"] as const;

/** One thing that bears an identity. */
export interface Owned {
  /** `volume` is a machine's, `image` a published one; `mark` one without its image; `half` what a broken pull left. */
  readonly what: (typeof OWNED_KINDS)[number];
  /** Tells apart what has the same name elsewhere, however that is reached: the pool's UUID, the machine's id for a domain. */
  readonly within: string;
  /** `-` for a domain. */
  readonly pool: string;
  readonly name: string;
  /** The resource that owns it, where a mark says so. */
  readonly resource?: string;
  readonly bytes?: number;
  /** Seconds since 1970. */
  readonly changedAt?: number;
}

const PARTS: Readonly<Record<Task["kind"], readonly string[]>> = {
  pull: ["mark.sh", "use.sh", "pull.sh"],
  inspect: ["mark.sh", "inspect.sh"],
  delete: ["mark.sh", "use.sh", "delete.sh"],
  tidy: ["tidy.sh"],
  look: ["mark.sh", "place.sh", "look.sh"],
  owned: ["mark.sh", "place.sh", "owned.sh"],
};

export function script(virshUri: string, task: Task): string {
  const assignments = Object.entries({ uri: virshUri, ...values(task) }).map(
    ([name, value]) => `${name}=${quote(value)}`,
  );
  // In braces, so that the shell has read all of it before anything in it starts.
  return ["{", ...assignments, part("common.sh"), ...PARTS[task.kind].map(part), "exit 0; }", ""].join("\n");
}

/** Arguments of the shell, which tell a later run whose process this is; the blank after the name ends it: `a` is not `ab`. */
export function processWords(task: Task): readonly string[] {
  const { identity = "", name = "" } = values(task);
  return ["builders-image", ...[identity, name].map((word) => (word === "" ? "-" : word)), "."];
}

function values(task: Task): Readonly<Record<string, string>> {
  switch (task.kind) {
    case "pull":
      return {
        pool: task.pool,
        name: task.name,
        identity: task.owner.identity,
        resource: task.owner.resource,
        size_bytes: String(task.sizeBytes),
        data_bytes: String(task.dataBytes),
        sha256: task.sha256,
        data_sha256: task.data?.sha256 ?? "",
        data_stretches: (task.data?.stretches ?? []).map(([first, count]) => `${first}+${count}`).join(" "),
        believe: task.believe,
        // Goes to curl on its standard input: arguments can be read by everybody on that machine.
        curl_config: `url = "${task.url.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
      };
    case "inspect":
    case "delete": {
      const { identity = "", resource = "", sha256 = "", sizeBytes } = task.known;
      const size = sizeBytes === undefined ? "" : String(sizeBytes);
      return { pool: task.pool, name: task.name, identity, resource, sha256, size_bytes: size };
    }
    case "tidy":
      return { pool: task.pool, name: task.name, identity: task.identity };
    case "look":
      return { pool: task.pool, names: task.names.join("\n"), identity: "" };
    case "owned":
      return { pools: task.pools.join("\n"), identity: task.identity };
  }
}

/** Reads one line of a script's output; undefined for anything that is no answer. */
export function parseAnswer(line: string): Answer | undefined {
  const [, word, rest = ""] = /^builders (\S+) ?(.*)$/.exec(line) ?? [];
  const words = rest.split(" ");
  switch (word) {
    case undefined:
      return undefined;
    case "progress":
      return { kind: "progress", bytes: number(rest, line) };
    case "status":
      return { kind: "status", text: rest };
    case "volume":
      return { kind: "volume", capacity: number(words[0], line), allocation: number(words[1], line) };
    case "kept":
      return { kind: "kept", why: rest };
    case "place":
      return { kind: "place", machine: text(words[0], line), poolUuid: text(words[1], line) };
    case "image": {
      const [name, owner] = words;
      return { kind: "image", name: text(name, line), ...(owner === undefined ? {} : { owner }) };
    }
    case "owned":
      return ownedAnswer(words, line);
    case "gone":
    case "done":
      return { kind: word };
    default:
      throw new Error(`the hypervisor's script answered "${line}": nothing that is known here`);
  }
}

function ownedAnswer(words: readonly string[], line: string): Answer {
  const what = OWNED_KINDS.find((kind) => kind === words[0]);
  if (what === undefined) throw new Error(`the hypervisor's script answered "${line}": a kind that is not known here`);
  const [, within, pool, name, resource, bytes, changedAt] = words;
  return {
    kind: "owned",
    what,
    within: text(within, line),
    pool: text(pool, line),
    name: text(name, line),
    ...(resource === "-" ? {} : { resource: text(resource, line) }),
    ...(bytes === undefined ? {} : { bytes: number(bytes, line) }),
    ...(changedAt === undefined ? {} : { changedAt: number(changedAt, line) }),
  };
}

function part(file: string): string {
  return readFileSync(join(__dirname, file), "utf8");
}

function text(word: string | undefined, line: string): string {
  if (word === undefined || word === "")
    throw new Error(`the hypervisor's script answered "${line}": a word is missing`);
  return word;
}

function number(word: string | undefined, line: string): number {
  if (word === undefined || !/^\d+$/.test(word))
    throw new Error(`the hypervisor's script answered "${line}": no number`);
  return Number(word);
}
