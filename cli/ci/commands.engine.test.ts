/** preview and deploy with the real engine: what a pull request is shown, and what a deploy leaves. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProject, type ScratchProject } from "../../standins/testing/scratch-project";
import { deploy } from "./deploy";
import type { Only } from "./only-settings";
import { preview } from "./preview";

const REPOSITORY = join(__dirname, "..", "..");
const SECRET = "a-configured-secret-value";
/** The types and words of ours; images that need no hypervisor until they are `registered`. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { LibvirtImage } from "${REPOSITORY}/infra/libvirt/provider";
const config = new pulumi.Config();
const generation = config.require("generation");
class Generation extends pulumi.ComponentResource {
  constructor(name: string) { super("builders:index:Generation", name); }
}
class PublishedImage extends pulumi.ComponentResource {
  constructor(name: string, parent: pulumi.Resource) { super("builders:index:PublishedImage", name, {}, { parent }); }
}
void pulumi.log.info(generation + " is new: context images/x changed\\n  + copr-builder-x86_64-" + generation + "-abababab");
const only = config.getObject<{ targets?: string[] }>("only");
const imageName = "copr-builder-x86_64-" + generation + "-abababab";
const name = imageName + ".hypervisor.a";
const image = new PublishedImage(name, new Generation(generation));
const sha256 = "0".repeat(64);
if (config.getBoolean("registered")) new LibvirtImage(name, {
  name: imageName, uri: "qemu:///system", pool: "p", sizeBytes: 1024, sha256, store: { bucket: "b", region: "r" },
  object: { object: "o", sizeBytes: 1, sha256 }, owner: { identity: "abcdefgh2345", resource: name },
}, { parent: image });
if (config.getBoolean("broken")) throw new pulumi.RunError("the password is " + config.require("token"));
export const images = { hypervisor: { x86_64: name }, targets: only?.targets ?? [] };
export const hidden = config.requireSecret("token");
`;

let project: ScratchProject;
let outside: string;
beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), "commands-"));
  project = makeProject("copr-builders", PROGRAM);
  expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
  await set("--secret", "token", SECRET);
  await set("generation", "g1");
});
afterAll(() => {
  project.remove();
  rmSync(outside, { recursive: true });
});

async function set(...args: string[]): Promise<void> {
  expect(await project.pulumi("config", "set", ...args)).toMatchObject({ code: 0 });
}

const everything = { architectures: [], targets: [] };

async function previewed(stack = "dev", only: Only = everything) {
  const [markdown, summary] = [join(outside, "comment.md"), join(outside, `summary-${Math.random()}`)];
  const output = join(outside, `output-${Math.random()}`);
  const github = { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output, GITHUB_SHA: "f".repeat(40) };
  const env = { ...project.env, ...github, DEPLOY_TOKEN: SECRET };
  const code = await preview({ stack, only, markdown, project: project.folder, env });
  const text = readFileSync(markdown, "utf8");
  // The page of the run has the same: all there is where nobody may comment.
  expect(readFileSync(summary, "utf8")).toBe(text);
  expect(text).not.toContain(SECRET);
  return { code, text, output: readFileSync(output, "utf8") };
}

async function deployed(targets: readonly string[] = []): Promise<string> {
  const summary = join(outside, `summary-${Math.random()}`);
  const env = { ...project.env, GITHUB_STEP_SUMMARY: summary };
  const only = { architectures: [], targets };
  expect(await deploy({ stack: "dev", only, project: project.folder, env })).toBe(0);
  return readFileSync(summary, "utf8");
}
const settings = () => readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");

// Each test goes on where the one before it ended.
describe("preview and deploy", () => {
  it("show what will be there, and make it", async () => {
    const { code, text, output } = await previewed();
    expect(code).toBe(0);
    // Two resources, two outputs.
    expect(output).toBe("changes=4\n");
    expect(text).toContain("### ✅ `dev`: g1 is new, 2 changes");
    expect(text).toContain("| new | `copr-builder-x86_64-g1-abababab` | `hypervisor.a` |");
    expect(text).toContain(`at commit ${"f".repeat(40)}`);
    expect(await deployed()).toContain('"x86_64": "copr-builder-x86_64-g1-abababab.hypervisor.a"');
  });

  it("do nothing, in seconds, where nothing changed: what a schedule runs", async () => {
    const { text, output } = await previewed();
    expect(text).toContain("nothing to do");
    // Nobody is asked to approve nothing.
    expect(output).toBe("changes=0\n");
    const before = await project.pulumi("stack", "export");
    const started = Date.now();
    await deployed();
    expect(Date.now() - started).toBeLessThan(60_000);
    expect(resources(await project.pulumi("stack", "export"))).toEqual(resources(before));
  });

  it("narrow one run to some targets, with the settings file as it was", async () => {
    const before = settings();
    const narrowed = await previewed("dev", { architectures: [], targets: ["aws"] });
    expect(narrowed.text).toContain("Outputs that change: `images`");
    expect(await deployed(["aws"])).toContain('"aws"');
    expect(settings()).toBe(before);
    expect(await deployed()).not.toContain('"aws"');
  });

  it("name what goes, and stop at a policy with its words first", async () => {
    await set("generation", "g2");
    await set("registered", "true");
    const { code, text } = await previewed();
    expect(code).not.toBe(0);
    expect(text).toContain("| removed | `copr-builder-x86_64-g1-abababab` | `hypervisor.a` |");
    expect(text.indexOf("declare a BootCheck")).toBeLessThan(text.indexOf("g2 is new"));
    expect(text).toContain("1 mandatory");
    const only = { architectures: [], targets: ["aws"] };
    expect(await deploy({ stack: "dev", only, project: project.folder, env: project.env })).not.toBe(0);
    // Stopped by the plan: nothing was begun.
    expect((await project.pulumi("stack", "export")).output).not.toContain("copr-builder-x86_64-g2");
  });

  it("show an error of the program without the secret in it", async () => {
    await set("broken", "true");
    const { code, text } = await previewed();
    expect(code).not.toBe(0);
    expect(text).toContain("**Errors**\n\n```text\nthe password is [secret]\n```");
  });

  it("show what pulumi says of a stack that is not there", async () => {
    const { code, text } = await previewed("nope");
    expect(code).not.toBe(0);
    expect(text).toContain("no stack named 'nope' found");
  });
});

it("leave no file behind", () => {
  expect(existsSync(join(project.folder, "Pulumi.nope.yaml"))).toBe(false);
});

/** Of each resource what tells whether it was written: a secret is encrypted anew each time the state is saved. */
function resources({ output }: { readonly output: string }): unknown {
  const { resources } = (JSON.parse(output) as { deployment: { resources: Record<string, unknown>[] } }).deployment;
  return resources.map(({ urn, id, modified }) => ({ urn, id, modified }));
}
