/** Everything that is not ours comes by its checksum and under a licence that we know, and what we ask for has a reason. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const REPOSITORY = join(__dirname, "..");
const read = (file: string): string => readFileSync(join(REPOSITORY, file), "utf8");

const wishes = z.record(z.string(), z.string());
const project = z.object({ dependencies: wishes, devDependencies: wishes }).parse(JSON.parse(read("package.json")));
const entry = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().optional(),
  inBundle: z.boolean().optional(),
});
const lock = z.object({ packages: z.record(z.string(), entry) }).parse(JSON.parse(read("package-lock.json")));
const strangers = Object.entries(lock.packages).filter(
  ([path, { link }]) => link !== true && /^node_modules\//.test(path),
);

const NPM = "https://registry.npmjs.org/";

/** All let us use and pass on what we do here; MPL-2.0 asks for the source of its own files, which we don't change. */
const LICENCES = [
  ...["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT", "MPL-2.0", "Unlicense"],
  ...["CC0-1.0", "CC-BY-3.0", "(BSD-3-Clause AND Apache-2.0)"],
];
/** What their package.json doesn't say in one word: read in their LICENSE. */
const READ: Readonly<Record<string, string>> = {
  "@logdna/tail-file": "MIT",
  buildcheck: "MIT",
  "cpu-features": "MIT",
  ssh2: "MIT",
};

describe("node modules", () => {
  it("are asked for by one version each, and come by their sha512", () => {
    for (const wish of Object.values({ ...project.dependencies, ...project.devDependencies })) {
      expect(wish).toMatch(/^\d+\.\d+\.\d+$|^file:(sdks|toolchain)\//);
    }
    for (const [path, { resolved, integrity, inBundle }] of strangers) {
      if (inBundle === true) continue;
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
      // Left out: the registry that whoever installs has set, which is npm's own.
      expect(resolved ?? NPM).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  it("are under licences that we know", () => {
    const licences = strangers.map(([path, { license }]) => {
      const name = path.replace(/^.*node_modules\//, "");
      return [name, READ[name] ?? license];
    });
    expect(licences.filter(([, licence]) => !LICENCES.includes(licence ?? ""))).toEqual([]);
  });

  it("that we ask for have their reason and their licence in docs/dependencies.md, and nothing else has", () => {
    const rows = [...read("docs/dependencies.md").matchAll(/^\| `([^`]+)` +\| (\S+) +\| (.+?) +\|$/gm)];
    const asked = Object.keys({ ...project.dependencies, ...project.devDependencies }).sort();
    expect(rows.map(([, name]) => name).sort()).toEqual(asked);
    for (const [, name = "", licence, reason = ""] of rows) {
      const found = lock.packages[`node_modules/${name}`];
      const of = found?.link === true ? "Apache-2.0" : (READ[name] ?? found?.license);
      expect([name, licence]).toEqual([name, of]);
      expect(reason.length).toBeGreaterThan(10);
    }
  });
});

it("Go modules come by their sums, and Python's by their hashes", () => {
  const modules = readdirSync(join(REPOSITORY, "toolchain")).filter((name) =>
    existsSync(join(REPOSITORY, "toolchain", name, "go.mod")),
  );
  for (const name of modules) {
    const sums = read(`toolchain/${name}/go.sum`);
    const wanted = read(`toolchain/${name}/go.mod`).matchAll(/^\s*(?:require )?(\S+\.\S+\/\S+) (v\S+)$/gm);
    for (const [, path, version] of wanted) expect(sums).toContain(`${path} ${version} h1:`);
  }
  expect(modules.length).toBeGreaterThan(3);
  for (const name of ["aws-emulator", "openstack"]) {
    const all = read(`standins/${name}/requirements.txt`)
      .split(/\n(?=\S)/)
      .filter((one) => !one.startsWith("#"));
    for (const one of all) expect(one).toMatch(/^[\w.[\]-]+==\S+.*\\\n\s+--hash=sha256:[0-9a-f]{64}/);
  }
});

it("somebody asks for newer ones of each kind, everywhere that there are some", () => {
  const { updates } = z
    .object({ updates: z.array(z.object({ "package-ecosystem": z.string() })) })
    .parse(parse(read(".github/dependabot.yml")));
  expect(updates.map((one) => one["package-ecosystem"]).sort()).toEqual(["github-actions", "gomod", "npm", "pip"]);
});
