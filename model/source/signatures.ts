/** The operator's signature policy: read and checked before anything starts, with its keys put in, as a worker gets it. */
import { readdir, readFile } from "node:fs/promises";
import * as path from "node:path";
import { parse as parseYaml, parseDocument } from "yaml";
import type * as z from "zod";
import { isRecord } from "../../contract/is-record";
import { messageOf } from "../../contract/message-of";
import { pathOf } from "../../contract/schemas/parse";
import { REGISTRIES_D_NAME, type SignaturePolicy } from "../../contract/signature-policy";
import { SettingsError } from "../settings/report";
import type { SignatureSettings } from "../settings/types";
import { type Policy, policySchema, registriesSchema } from "./signature-schemas";
import { taggedScopes, verdict } from "./signature-verdict";

export interface Signatures {
  readonly handed: SignaturePolicy;
  /** What a reviewer wants to read of it. */
  readonly notes: readonly string[];
}

/** What a worker is asked travels in an environment variable: see the names of a context's files. */
const MOST_BYTES = 32 * 1024;
const SETTING = "source.signatures";

/**
 * @param images what workers pull, by reference as it is written, with its digest
 * @throws SettingsError with everything that is wrong in it, and each image that it refuses
 */
export async function readSignatures(
  project: string,
  settings: SignatureSettings,
  images: Readonly<Record<string, string>>,
): Promise<Signatures> {
  const problems: string[] = [];
  const file = path.resolve(project, settings.policy);
  const policy = await readPolicy(file, problems);
  const registriesD =
    settings.registriesD === undefined
      ? {}
      : await readRegistries(path.resolve(project, settings.registriesD), problems);
  const notes = policy === undefined ? [] : judge(policy.meant, images, problems);
  const handed = { policy: JSON.stringify(policy?.handed), registriesD };
  const bytes = Buffer.byteLength(JSON.stringify(handed));
  if (bytes > MOST_BYTES)
    problems.push(
      `${SETTING}: ${bytes} bytes with its keys, and a worker is given ${MOST_BYTES}; ` +
        "export the keys that are needed alone, with `gpg --export --export-options export-minimal`",
    );
  if (problems.length > 0) throw new SettingsError(problems);
  return { handed, notes };
}

async function readPolicy(
  file: string,
  problems: string[],
): Promise<{ readonly meant: Policy; readonly handed: unknown } | undefined> {
  const wrong = (problem: string) => void problems.push(`${SETTING}.policy: ${file}: ${problem}`);
  let text = "";
  let written: unknown;
  try {
    text = await readFile(file, "utf8");
    written = JSON.parse(text);
  } catch (error) {
    wrong(`can't be read as JSON: ${messageOf(error)}; see containers-policy.json(5)`);
    return undefined;
  }
  for (const { line, key } of doubles(text)) wrong(`line ${line}: ${key} is in the same braces before; write it once`);
  const meant = checked(policySchema, written, wrong);
  if (meant === undefined) return undefined;
  for (const scope of taggedScopes(meant))
    wrong(`transports.docker[${JSON.stringify(scope)}] has a tag, and workers pull by digest; leave the tag out`);
  const readKey = async (name: string, at: string): Promise<Buffer> => {
    try {
      return await readFile(path.resolve(path.dirname(file), name));
    } catch (error) {
      wrong(`${at}: ${messageOf(error)}; name a file with the key`);
      return Buffer.alloc(0);
    }
  };
  return { meant, handed: await withKeys(written, readKey, "") };
}

/** JSON.parse takes the last of two, and podman neither: it refuses the file. Every JSON is YAML, whose reader names them. */
function doubles(json: string): { readonly line: number; readonly key: string }[] {
  return parseDocument(json, { prettyErrors: false, schema: "json" })
    .errors.filter(({ code }) => code === "DUPLICATE_KEY")
    .map(({ pos: [at] }) => ({
      line: json.slice(0, at).split("\n").length,
      key: /^"(?:[^"\\]|\\.)*"/.exec(json.slice(at))?.[0] ?? "a key",
    }));
}

const PATHS = /^(key|ca|caRoots|caIntermediates|rekorPublicKey)Paths?$/;

/** Where a file is named, what is in it: `keyPath` becomes `keyData`, `keyPaths` becomes `keyDatas`. */
async function withKeys(
  value: unknown,
  read: (name: string, at: string) => Promise<Buffer>,
  at: string,
): Promise<unknown> {
  if (Array.isArray(value))
    return Promise.all(value.map((one: unknown, index) => withKeys(one, read, `${at}[${index}]`)));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(async ([name, inside]): Promise<[string, unknown]> => {
    const place = at === "" ? name : `${at}.${name}`;
    if (PATHS.test(name)) {
      const data = name.replace(/Path(s?)$/, "Data$1");
      if (typeof inside === "string") return [data, (await read(inside, place)).toString("base64")];
      if (Array.isArray(inside)) {
        const keys = await Promise.all(inside.map((one, index) => read(String(one), `${place}[${index}]`)));
        // GPG's keys have no `keyDatas`: one after the other, they are one keyring.
        if (value["type"] === "signedBy") return ["keyData", Buffer.concat(keys.map(withoutArmor)).toString("base64")];
        return [data, keys.map((key) => key.toString("base64"))];
      }
    }
    return [name, await withKeys(inside, read, place)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** As `gpg --dearmor`: files in either form can be joined then. Source: RFC 9580, "ASCII Armor". */
function withoutArmor(key: Buffer): Buffer {
  const blocks = key
    .toString("latin1")
    .matchAll(/-----BEGIN PGP [A-Z ]+-----\r?\n(?:[\w-]+: .*\r?\n)*\s*([^=-][^-]*?)(?:\r?\n=[^\r\n]{4})?\s*-----END/g);
  const found = Array.from(blocks, ([, body = ""]) => Buffer.from(body, "base64"));
  return found.length === 0 ? key : Buffer.concat(found);
}

async function readRegistries(folder: string, problems: string[]): Promise<Record<string, string>> {
  const setting = `${SETTING}.registriesD`;
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  } catch (error) {
    problems.push(`${setting}: ${messageOf(error)}; name a folder with files of containers-registries.d(5)`);
    return {};
  }
  if (names.length === 0) problems.push(`${setting}: ${folder} has no *.yaml; put one there, or leave the setting out`);
  const found: Record<string, string> = {};
  /** Which file has said it: podman refuses all of them where two say the same. */
  const saidBy = new Map<string, string>();
  for (const name of names) {
    const wrong = (problem: string) => void problems.push(`${setting}: ${path.join(folder, name)}: ${problem}`);
    if (!REGISTRIES_D_NAME.test(name)) wrong('rename it: letters, digits, "_", "." and "-" are taken');
    try {
      const text = await readFile(path.join(folder, name), "utf8");
      // One without anything in it is in order.
      const read = checked(registriesSchema, parseYaml(text) ?? {}, wrong);
      for (const part of read === undefined ? [] : partsOf(read)) {
        const before = saidBy.get(part);
        if (before !== undefined) wrong(`${part} is in ${before} too; write it once`);
        saidBy.set(part, name);
      }
      found[name] = text;
    } catch (error) {
      wrong(`can't be read: ${messageOf(error)}`);
    }
  }
  return found;
}

function partsOf({ docker = {}, ...file }: z.infer<typeof registriesSchema>): string[] {
  const scopes = Object.keys(docker).map((scope) => `docker[${JSON.stringify(scope)}]`);
  return [...(file["default-docker"] === undefined ? [] : ["default-docker"]), ...scopes];
}

function checked<T>(schema: z.ZodType<T>, value: unknown, wrong: (problem: string) => void): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const where = pathOf(issue).map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`));
    wrong(`${where.join("").slice(1) || "it"}: ${issue.message}`);
  }
  return undefined;
}

function judge(policy: Policy, images: Readonly<Record<string, string>>, problems: string[]): string[] {
  const found = Object.entries(images).map(([reference, digest]) => ({
    reference,
    ...verdict(policy, reference, digest),
  }));
  for (const { reference, by } of found.filter(({ says }) => says === "refused"))
    problems.push(`${SETTING}.policy: ${by} refuses ${reference}; let it in there, or build on another image`);
  return (["unsigned", "signed"] as const).flatMap((kind) => {
    const of = found.filter(({ says }) => says === kind).map(({ reference, by }) => `${reference} (${by})`);
    return of.length === 0 ? [] : [`${kind === "unsigned" ? "accepted unsigned" : "must be signed"}: ${of.join(", ")}`];
  });
}
