import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ImagesOutput } from "../../model/outputs";
import { devel, ledger, outputs, prod } from "../outputs/testing/farm";
import type { StackOutputs } from "../../model/outputs/schema";
import { ansibleFile } from "./ansible";
import { parseCommand } from "./command";
import { difference } from "./difference";
import { resallocArguments } from "./resalloc";
import { imagesJsonSchema } from "./json";
import { runImages } from "./run";

const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-images-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ansible = (from: StackOutputs, stack: string, ...more: string[]) =>
  ansibleFile(from, parseCommand(["--stack", stack, ...more]));
const yaml = (text: string) =>
  (parse(text, { version: "1.1" }) as { copr_builder_images: unknown }).copr_builder_images;

describe("the Ansible variable", () => {
  const text = ansible(prod, "prod");

  it("reads back as the outputs", () => {
    expect(yaml(text)).toEqual(prod.images);
    expect(yaml(ansible(devel, "devel"))).toEqual(devel.images);
  });

  it("names generation, source, time, stack and how to write it again", () => {
    expect(text.split("\n").slice(0, 10)).toEqual([
      "# Builder images of generation g2: stack prod, promoted from stack devel.",
      expect.stringMatching(/^# Source: {3}context images\/copr-builder [0-9a-f]{12}, Containerfile$/),
      expect.stringMatching(/^# {11}FROM quay\.io\/fedora\/fedora-bootc:44 sha256:[0-9a-f]{12}…$/),
      "# Built at: 2026-11-10T04:12:44Z",
      "# Previous: g1, built at 2026-11-03T04:11:09Z; its ids are the lines in comments, to switch back to",
      "# Written by a program, and written over: npm run -s images -- --stack prod",
      expect.stringContaining("instead of every other copr_builder_images. A farm that keeps places by hand"),
      expect.stringContaining("head says how"),
      "",
      "copr_builder_images:",
    ]);
  });

  it("goes back by taking the lines in comments instead", () => {
    const [head, ...body] = text.split(/^(?=copr_builder_images)/m);
    expect(head).toMatch(/^#/);
    const back = body
      .join("")
      // A comment and the line below it: the first becomes the second.
      .replace(/^( *)# (.* # g1)\n.*$/gm, "$1$2");
    expect(yaml(back)).toEqual(prod.previousImages);
  });

  it("keeps the order when only ids change", () => {
    const shuffled: ImagesOutput = Object.fromEntries(Object.entries(prod.images).reverse());
    expect(ansible({ ...prod, images: shuffled }, "prod")).toBe(text);
  });

  it("has no comment where there is no previous generation, or the id is the same", () => {
    const first = outputs(ledger.slice(-1));
    expect(ansible(first, "devel")).toContain("# Previous: none yet\n");
    expect(ansible(first, "devel")).not.toContain("# g");
    expect(ansible({ ...prod, previousImages: prod.images }, "prod")).not.toContain("# g1");
  });

  it("remembers places that are there no more, whole targets too", () => {
    const { osuosl, ...images } = prod.images;
    const { x86_64, ...aws } = images["aws"] as { x86_64: string };
    const fewer = ansible(
      { ...prod, images: { ...images, aws }, previousImages: { aws: { x86_64 }, osuosl: osuosl! } },
      "p",
    );
    expect(yaml(fewer)).toEqual({ ...images, aws });
    expect(fewer).toContain(`    # x86_64: ${x86_64} # g1\n  hypervisor:`);
    expect(fewer).toMatch(/\n {2}# osuosl: # g1\n {2}# {3}ppc64le: [0-9a-f-]+\n$/);
  });

  it("is text for Ansible, whatever an id looks like", () => {
    const images = { odd: { a: "012", b: "no", c: "1e3", d: "12:30", e: "a: b # c", f: "null" } };
    const file = write("odd.yml", ansible({ ...prod, images, previousImages: {} }, "s\n: t"));
    const template = "{% for k, v in copr_builder_images.odd | dictsort %}{{ v is string }} {{ v }}\n{% endfor %}";
    expect(render(file, template)).toBe(
      Object.values(images.odd)
        .map((id) => `True ${id}\n`)
        .join(""),
    );
  });

  it("is rendered by Jinja as Copr's playbooks do", () => {
    const file = write("images.yml", text);
    const template =
      "'x86_64': '{{ copr_builder_images.hypervisor.x86_64 }}', --ami {{ copr_builder_images.aws['aarch64'] }}\n";
    const { hypervisor, aws } = prod.images as Record<string, Record<string, string>>;
    expect(render(file, template)).toBe(`'x86_64': '${hypervisor?.["x86_64"]}', --ami ${aws?.["aarch64"]}\n`);
  });
});

describe("partial-farm", () => {
  const NEW = "ami-0bbbbbbbbbbbbbbbb";
  const mine = { ...prod.images, aws: { aarch64: "ami-0cccccccccccccccc", x86_64: NEW } };
  const stack = { ...prod, images: mine };
  const byHand = write(
    "farm-vars.yml",
    [
      "copr_builder_images:",
      "  aws: { x86_64: ami-0aaaaaaaaaaaaaaaa, s390x: by-hand }",
      "  hypervisor: { x86_64: by-hand }",
      "  osuosl: { ppc64le: 0e2f1c2a-0000-4000-8000-000000000001 }",
      "",
    ].join("\n"),
  );
  /** As Ansible reads both files, one after the other, and runs the task that the head of the second gives. */
  function adopted(...args: readonly string[]): unknown {
    const { code, out } = run(["--stack", "prod", "--variable", "published", ...args], JSON.stringify(stack));
    expect(code).toBe(0);
    const value = /^# +set_fact: \{ copr_builder_images: "\{\{ (.*) \}\}" \}$/m.exec(out)?.[1];
    return JSON.parse(render(write("images.yml", out), `{{ ${value} | tojson }}`, byHand));
  }

  it("a farm takes over one cloud, and keeps the others and what is not published", () => {
    expect(adopted("--place", "aws")).toEqual({
      aws: { aarch64: "ami-0cccccccccccccccc", s390x: "by-hand", x86_64: NEW },
      hypervisor: { x86_64: "by-hand" },
      osuosl: { ppc64le: "0e2f1c2a-0000-4000-8000-000000000001" },
    });
    expect(adopted("--place", "aws.x86_64")).toMatchObject({ aws: { x86_64: NEW, s390x: "by-hand" } });
    expect(Object.keys(adopted("--place", "aws.x86_64") as { aws: object })).not.toContain("ibm_cloud");
  });

  it("whole targets come one after the other, and in the end all", () => {
    expect(adopted("--place", "osuosl", "--place", "ibm_cloud")).toMatchObject({
      aws: { x86_64: "ami-0aaaaaaaaaaaaaaaa" },
      osuosl: prod.images["osuosl"],
      ibm_cloud: prod.images["ibm_cloud"],
    });
    expect(adopted()).toMatchObject(mine);
  });

  it("--check goes by the same places and name, in every form", () => {
    for (const args of [
      ["--variable", "published", "--place", "aws"],
      ["--as", "json", "--place", "aws"],
      ["--as", "resalloc", "--place", "aws"],
    ]) {
      const { out } = run(["--stack", "prod", ...args]);
      expect(out).not.toContain("ibm_cloud");
      const file = write("same", out);
      expect(run(["--stack", "prod", ...args, "--check", file])).toEqual({ code: 0, out: "", err: "" });
      writeFileSync(file, `${out}x`);
      const said = run(["--stack", "prod", ...args, "--check", file]).out;
      expect(said).toMatch(/up to date: npm run -s images -- --stack prod .*--place aws/);
      expect(said.includes("--variable published")).toBe(args.includes("published"));
    }
  });

  it("a place that the stack does not publish to is refused, with those that there are", () => {
    const { code, err } = run(["--stack", "prod", "--place", "gcp", "--place", "aws.s390x", "--place", "aw"]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /--place gcp, aws\.s390x, aw: the stack publishes nothing there; it has aws\.aarch64, aws\.x86_64,/,
    );
  });
});

it("the arguments for resalloc's scripts name each id once, as that script wants it", () => {
  const lines = resallocArguments(devel, parseCommand(["--stack", "devel", "--as", "resalloc"]))
    .trimEnd()
    .split("\n")
    .slice(1);
  const at = (...steps: string[]) => steps.reduce<unknown>((tree, step) => (tree as ImagesOutput)[step], devel.images);
  expect(lines).toEqual([
    `aws.aarch64\t--ami ${String(at("aws", "aarch64"))}`,
    `aws.x86_64\t--ami ${String(at("aws", "x86_64"))}`,
    `hypervisor.ppc64le\t${String(at("hypervisor", "ppc64le"))}`,
    `hypervisor.x86_64\t${String(at("hypervisor", "x86_64"))}`,
    `ibm_cloud.br_sao.s390x\t--image-uuid ${String(at("ibm_cloud", "br_sao", "s390x"))}`,
    `ibm_cloud.eu_es.s390x\t--image-uuid ${String(at("ibm_cloud", "eu_es", "s390x"))}`,
    `ibm_cloud.us_east.s390x\t--image-uuid ${String(at("ibm_cloud", "us_east", "s390x"))}`,
    `osuosl.ppc64le\t--image ${String(at("osuosl", "ppc64le"))}`,
  ]);
});

describe("the command", () => {
  it("prints JSON with the ids and their generations", () => {
    const { code, out } = run(["--stack", "prod", "--json"]);
    expect(code).toBe(0);
    expect(run(["--stack", "prod", "--as", "json"])).toEqual({ code: 0, out, err: "" });
    expect(imagesJsonSchema.parse(JSON.parse(out))).toMatchObject({
      stack: "prod",
      promotedFrom: "devel",
      generation: { id: "g2", builtAt: "2026-11-10T04:12:44Z" },
      previousGeneration: { id: "g1" },
      images: prod.images,
      previousImages: prod.previousImages,
    });
  });

  it.each(["ansible", "json", "resalloc"])("finds nothing to change in what it printed itself: %s", (form) => {
    const file = write(form, run(["--stack", "prod", "--as", form]).out);
    expect(run(["--stack", "prod", "--as", form, "--check", file])).toEqual({ code: 0, out: "", err: "" });
  });

  it("shows one changed character, with 1", () => {
    const text = ansible(prod, "prod");
    const file = write("changed.yml", text.replace("    x86_64: ami-0", "    x86_64: ami-1"));
    const { code, out } = run(["--stack", "prod", "--check", file]);
    expect(code).toBe(1);
    expect(out.split("\n").filter((line) => /^[-+] /.test(line))).toEqual([
      expect.stringMatching(/^- {5}x86_64: ami-1/),
      expect.stringMatching(/^\+ {5}x86_64: ami-0/),
    ]);
    expect(out).toContain(`to bring it up to date: npm run -s images -- --stack prod >${file}`);
  });

  it("finds any changed character, the last line break too", () => {
    const text = ansible(prod, "prod");
    for (let at = 0; at < text.length; at += 1) {
      const other = text.slice(0, at) + (text[at] === "#" ? "." : "#") + text.slice(at + 1);
      expect(difference(other, text)).toMatch(/^[-+] /m);
    }
    expect(difference(text.trimEnd(), text)).toContain("no line break at the end");
  });

  it.each([
    [[], "--stack STACK is missing"],
    [["--stack", "s", "--as", "xml"], "--as xml: there is ansible, json, resalloc"],
    [["--stack", "s", "--colour"], "Unknown option '--colour'"],
    [["--stack", "s", "--variable", "a-b"], '--variable a-b: Ansible takes letters, digits and "_"'],
    [["--stack", "s", "--json", "--as", "ansible"], "--json is --as json: one of them"],
    [["--stack", "s", "--variable", "a", "--as", "json"], "--variable is for --as ansible"],
    [["--stack", "s", "extra"], "Unexpected argument 'extra'"],
  ])("refuses %j with 2 and says how to call it", (args, problem) => {
    const { code, out, err } = run(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(problem);
    expect(err).toContain("usage: npm run -s images");
  });

  it("ends with 2 where there are no outputs, or no file, and prints nothing to use by mistake", () => {
    expect(run(["--stack", "s"], "{}")).toEqual({
      code: 2,
      out: "",
      err: 'stack "s" has no outputs yet: no run of it has succeeded; run "pulumi up --stack s" first\n',
    });
    expect(run(["--stack", "prod", "--check", path.join(folder, "none")])).toMatchObject({ code: 2, out: "" });
  });
});

function run(args: readonly string[], printed = JSON.stringify(prod)) {
  const said = { out: "", err: "" };
  const code = runImages(args, {
    pulumi: () => printed,
    readFile: (file) => readFileSync(file, "utf8"),
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
  });
  return { code, ...said };
}

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** By the system's Python, where toolchain/setup puts what this needs. */
function render(file: string, template: string, ...earlier: readonly string[]): string {
  const script = path.join(__dirname, "testing", "render.py");
  const { stdout, stderr, status } = spawnSync("/usr/bin/python3", [script, ...earlier, file], {
    input: template,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Jinja failed: ${stderr}\n(bash toolchain/setup.sh tests installs it)`);
  return stdout;
}
