import { BUILD_NETWORKS, OPTION_LISTS } from "./build-options";
import { DISK_BUILDERS } from "./disk-builder";
import { createHash } from "node:crypto";
import { AWS_REGION, SNAPSHOT_ID } from "./blocks";
import type { AgentSpec } from "./agent-spec";
import { isHttpUrl } from "./http-url";
import { LEAST_PART, UPLOAD_NAME } from "./bodies";
import { CONTEXT_NAME } from "./named-contexts";
import { REGISTRIES_D_NAME } from "./signature-policy";

/** The spec file is not what the agent understands; every mistake is named, with its path. */
class SpecError extends Error {
  constructor(where: string, problems: readonly string[]) {
    super(`${where}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "SpecError";
  }
}

type Fields = Readonly<Record<string, unknown>>;
// podman's own characters for references; a leading "-" would be taken for an option.
const REFERENCE = /^[A-Za-z0-9][\w.:/@+-]*$/;
const PINNED = /^[A-Za-z0-9][\w.:/+-]*@sha256:[0-9a-f]{64}$/;
const PATH_INSIDE = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))./;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const PREFIX = /^(\*\.)?[A-Za-z0-9[][\w.:/\][-]*$/;

class Checker {
  readonly problems: string[] = [];

  ok(path: string, good: boolean, expected: string): void {
    if (!good) this.problems.push(`${path}: ${expected}`);
  }

  fields(path: string, value: unknown): Fields {
    const good = typeof value === "object" && value !== null && !Array.isArray(value);
    this.ok(path, good, "an object is needed");
    return good ? (value as Fields) : {};
  }

  list(path: string, value: unknown): readonly unknown[] {
    this.ok(path, Array.isArray(value), "a list is needed");
    return Array.isArray(value) ? (value as readonly unknown[]) : [];
  }

  text(path: string, value: unknown, pattern: RegExp, expected: string): void {
    this.ok(path, typeof value === "string" && pattern.test(value), expected);
  }

  number(path: string, value: unknown, above: number): void {
    this.ok(
      path,
      typeof value === "number" && Number.isFinite(value) && value > above,
      `a number above ${above} is needed`,
    );
  }

  /** Says nothing of the value: it is a secret. */
  url(path: string, value: unknown): void {
    this.ok(path, isHttpUrl(value), "an http or https URL is needed");
  }
}

/** Reads the text of a spec file; `where` names it in the error. */
export function parseSpec(text: string, where: string): AgentSpec {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the file, and the file holds secrets.
    throw new SpecError(where, ["is not JSON"]);
  }
  const check = new Checker();
  const spec = check.fields("spec", value);
  check.ok("version", spec["version"] === 1, "1 is needed: agent and caller are of different versions");
  check.text("key", spec["key"], /^[0-9a-f]{64}$/, "64 hex digits are needed");
  check.text("arch", spec["arch"], /^\w+$/, "a machine name as `uname -m` prints it is needed");
  checkSource(check, check.fields("source", spec["source"]));
  check.list("registries", spec["registries"]).forEach((item, index) => {
    const registry = check.fields(`registries[${index}]`, item);
    check.text(`registries[${index}].prefix`, registry["prefix"], PREFIX, "host[:port][/path] is needed");
    check.text(`registries[${index}].location`, registry["location"], PREFIX, "host[:port][/path] is needed");
    check.ok(`registries[${index}].insecure`, typeof registry["insecure"] === "boolean", "true or false is needed");
  });
  if (spec["signatures"] !== undefined) checkSignatures(check, check.fields("signatures", spec["signatures"]));
  if (spec["authorities"] !== undefined)
    check.list("authorities", spec["authorities"]).forEach((item, index) => {
      check.text(`authorities[${index}]`, item, CERTIFICATE, "a certificate as PEM is needed");
    });
  checkBuilder(check, check.fields("builder", spec["builder"]));
  if (spec["firstBoot"] !== undefined) checkFirstBoot(check, check.fields("firstBoot", spec["firstBoot"]));
  checkUploads(check, check.list("uploads", spec["uploads"]));
  checkObject(check, "record", check.fields("record", spec["record"]));
  if (spec["packages"] !== undefined) checkObject(check, "packages", check.fields("packages", spec["packages"]));
  if (spec["statements"] !== undefined) {
    const statements = check.fields("statements", spec["statements"]);
    checkObject(check, "statements.sbom", check.fields("statements.sbom", statements["sbom"]));
    const provenance = check.fields("statements.provenance", statements["provenance"]);
    checkObject(check, "statements.provenance", provenance);
    check.fields("statements.provenance.order", provenance["order"]);
  }
  const worker = check.fields("worker", spec["worker"]);
  check.text("worker.platform", worker["platform"], /^\w+$/, "the name of a platform is needed");
  check.text("worker.type", worker["type"], /./, "what kind of machine it is, is needed");
  if (spec["scratchDevice"] !== undefined)
    check.text("scratchDevice", spec["scratchDevice"], /^\/dev\/\S+$/, "a path under /dev is needed");
  check.number("needGib", spec["needGib"], 0);
  const { lifetimeMinutes } = spec as { lifetimeMinutes?: unknown };
  check.number("lifetimeMinutes", lifetimeMinutes, 0);
  // Timers count milliseconds in 31 bits.
  const isShort = typeof lifetimeMinutes === "number" && lifetimeMinutes <= 7 * 24 * 60;
  check.ok("lifetimeMinutes", isShort, "at most a week (10080) is possible");
  check.ok("ownMachine", typeof spec["ownMachine"] === "boolean", "true or false is needed");
  if (check.problems.length > 0) throw new SpecError(where, check.problems);
  return value as AgentSpec;
}

function checkOptions(check: Checker, options: Fields): void {
  for (const [name, value] of Object.entries(options)) {
    const path = `source.options.${name}`;
    const list = Object.entries(OPTION_LISTS).find(([one]) => one === name)?.[1];
    if (list === undefined) {
      const isNetwork = name === "network" && BUILD_NETWORKS.some((network) => network === value);
      check.ok(path, isNetwork, `this option is not known; network is ${BUILD_NETWORKS.join(" or ")}`);
    } else {
      const entries = check.list(path, value);
      check.ok(
        path,
        entries.every((one) => typeof one === "string" && list.isRight(one)),
        `${list.what} is needed`,
      );
    }
  }
}

function checkContexts(check: Checker, contexts: Fields): void {
  for (const [name, value] of Object.entries(contexts)) {
    const path = `source.contexts.${name}`;
    check.text(path, name, CONTEXT_NAME, "a name as a Containerfile has it is needed");
    const context = check.fields(path, value);
    if (context["kind"] === "folder")
      check.text(`${path}.path`, context["path"], PATH_INSIDE, "a path in the archive is needed");
    else if (context["kind"] === "image")
      check.text(`${path}.reference`, context["reference"], REFERENCE, "an image reference is needed");
    else check.ok(`${path}.kind`, false, '"folder" or "image" is needed');
  }
}

function checkSource(check: Checker, source: Fields): void {
  switch (source["kind"]) {
    case "context":
      check.text("source.archive", source["archive"], /^\//, "an absolute path is needed");
      check.text("source.sha256", source["sha256"], /^[0-9a-f]{64}$/, "64 hex digits are needed");
      check.text("source.containerfile", source["containerfile"], PATH_INSIDE, "a path in the archive is needed");
      if (source["folder"] !== undefined)
        check.text("source.folder", source["folder"], PATH_INSIDE, "a path in the archive is needed");
      if (source["contexts"] !== undefined) checkContexts(check, check.fields("source.contexts", source["contexts"]));
      for (const [name, value] of Object.entries(check.fields("source.buildArgs", source["buildArgs"]))) {
        check.ok(`source.buildArgs.${name}`, /^\w+$/.test(name) && typeof value === "string", "NAME: text is needed");
      }
      for (const [name, value] of Object.entries(check.fields("source.pins", source["pins"]))) {
        check.text(`source.pins.${name}`, name, REFERENCE, "an image reference is needed");
        check.text(`source.pins.${name}`, value, PINNED, "an image reference with @sha256:... is needed");
      }
      if (source["target"] !== undefined)
        check.text("source.target", source["target"], /^\w[\w.-]*$/, "the name of a stage is needed");
      if (source["options"] !== undefined) checkOptions(check, check.fields("source.options", source["options"]));
      if (source["heredocLine"] !== undefined) check.number("source.heredocLine", source["heredocLine"], 0);
      return;
    case "image":
      check.text("source.reference", source["reference"], PINNED, "an image reference with @sha256:... is needed");
      return;
    default:
      check.ok("source.kind", false, '"context" or "image" is needed');
  }
}

function checkObject(check: Checker, path: string, { object, url }: Fields): void {
  check.text(`${path}.object`, object, /./, "an object key is needed");
  check.url(`${path}.url`, url);
}

function checkSignatures(check: Checker, { policy, registriesD }: Fields): void {
  check.text("signatures.policy", policy, /^\{/, "the text of a policy.json is needed");
  for (const [name, text] of Object.entries(check.fields("signatures.registriesD", registriesD)))
    check.ok(
      `signatures.registriesD.${name}`,
      REGISTRIES_D_NAME.test(name) && typeof text === "string",
      "NAME.yaml: text is needed",
    );
}

function checkBuilder(check: Checker, builder: Fields): void {
  check.text("builder.image", builder["image"], REFERENCE, "an image reference is needed");
  check.ok(
    "builder.kind",
    [undefined, ...DISK_BUILDERS].some((known) => known === builder["kind"]),
    `one of ${DISK_BUILDERS.join(", ")} is needed`,
  );
  const { packaged, kind } = builder as { packaged?: unknown; kind?: unknown };
  check.ok(
    "builder.packaged",
    packaged === undefined || (packaged === true && kind === "image-builder"),
    "image-builder alone is a package",
  );
  check.text("builder.rootfs", builder["rootfs"], /^\w+$/, "the name of a file system is needed");
  check.list("builder.args", builder["args"]).forEach((arg, index) => {
    check.ok(`builder.args[${index}]`, typeof arg === "string", "text is needed");
  });
  const format = builder["configFormat"];
  check.ok(
    "builder.configFormat",
    [undefined, "json", "toml"].some((known) => known === format),
    "json or toml is needed",
  );
  check.ok("builder.config", ["undefined", "string"].includes(typeof builder["config"]), "text is needed");
}

function checkFirstBoot(check: Checker, { mode, script, timeoutMinutes }: Fields): void {
  check.ok("firstBoot.mode", mode === "on" || mode === "auto", "on or auto is needed");
  check.text("firstBoot.script", script, /./, "a shell script is needed");
  check.number("firstBoot.timeoutMinutes", timeoutMinutes, 0);
}

function checkUploads(check: Checker, uploads: readonly unknown[]): void {
  const regions = new Set<unknown>();
  const names = new Set<unknown>();
  let archives = 0;
  uploads.forEach((item, index) => {
    const path = `uploads[${index}]`;
    const upload = check.fields(path, item);
    switch (upload["format"]) {
      case "raw.zst":
        archives += 1;
        check.text(`${path}.object`, upload["object"], /./, "an object key is needed");
        check.url(`${path}.url`, upload["url"]);
        return;
      case "blocks":
        check.ok(`${path}.region`, !regions.has(upload["region"]), "one snapshot in a region is possible");
        regions.add(upload["region"]);
        checkBlocksUpload(check, path, upload);
        return;
      case "put":
        check.ok(`${path}.name`, !names.has(upload["name"]), "each needs a name of its own");
        names.add(upload["name"]);
        checkPutUpload(check, path, upload);
        return;
      default:
        check.ok(`${path}.format`, false, '"raw.zst", "blocks" or "put" is needed');
    }
  });
  check.ok(
    "uploads",
    archives === 1,
    "exactly one raw.zst is needed, and beside it at most one set of blocks for each region",
  );
}

function checkBlocksUpload(check: Checker, path: string, upload: Fields): void {
  check.text(`${path}.region`, upload["region"], AWS_REGION, "an AWS region is needed");
  check.text(`${path}.snapshotId`, upload["snapshotId"], SNAPSHOT_ID, "a snapshot id, snap-..., is needed");
  const { volumeGib } = upload as { volumeGib?: unknown };
  check.ok(`${path}.volumeGib`, Number.isSafeInteger(volumeGib) && Number(volumeGib) > 0, "whole GiB are needed");
  const { encrypted, endpoint } = upload;
  check.ok(`${path}.encrypted`, ["undefined", "boolean"].includes(typeof encrypted), "true or false is needed");
  if (endpoint !== undefined) check.url(`${path}.endpoint`, endpoint);
}

function checkPutUpload(check: Checker, path: string, upload: Fields): void {
  const { encoding, partBytes } = upload as { encoding?: unknown; partBytes?: unknown };
  check.text(`${path}.name`, upload["name"], UPLOAD_NAME, "letters, digits, dots and dashes are needed");
  check.ok(`${path}.encoding`, encoding === "raw" || encoding === "qcow2", "raw or qcow2 is needed");
  check.text(`${path}.receiver`, upload["receiver"], /^[ -~]{1,200}$/, "what takes it is needed");
  check.ok(
    `${path}.partBytes`,
    partBytes === undefined || (Number.isSafeInteger(partBytes) && Number(partBytes) >= LEAST_PART),
    `whole bytes are needed, ${LEAST_PART} or more`,
  );
}

/** Names the work that a spec asks for: all but where it goes, how long it may take and what it may cost. */
export function workDigest(spec: AgentSpec): string {
  const { key, arch, registries, builder, signatures, firstBoot } = spec;
  // Each try copies the context to another path.
  const source = spec.source.kind === "context" ? { ...spec.source, archive: undefined } : spec.source;
  return createHash("sha256")
    .update(JSON.stringify([key, arch, source, registries, builder, { signatures, firstBoot }]))
    .digest("hex");
}
