/** The policy pack in the real engine: it stops a preview, or lets it pass. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProject, type ScratchProject } from "../standins/testing/scratch-project";

const REPOSITORY = join(__dirname, "..");
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { LibvirtImage } from "${REPOSITORY}/infra/libvirt/provider";
import { EphemeralStack } from "${REPOSITORY}/provider";
const sha256 = "0".repeat(64);
const owner = { identity: "abcdefgh2345", resource: "r" };
const common = { owner, uri: "qemu:///system", pool: "images", sizeBytes: 1024, sha256, store: { bucket: "b", region: "r" } };
const [checked, other] = ["checked", "other"].map(
  (name) => new LibvirtImage(name, { ...common, name, object: { object: name, sizeBytes: 1, sha256 } }),
);
const check = (name: string, imageId: pulumi.Output<string>) =>
  new EphemeralStack(name, { program: "${REPOSITORY}/stacks/boot-check", key: "k", config: { job: { imageId } } });
check("check-of-checked", checked!.volumeName);
if (new pulumi.Config().getBoolean("both")) check("check-of-other", other!.volumeName);
`;

let project: ScratchProject;
beforeAll(async () => {
  project = makeProject("policies", PROGRAM);
  expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
});
afterAll(() => project.remove());

const preview = (...args: string[]) => project.pulumi("preview", "--policy-pack", __dirname, ...args);

describe("published-images-are-boot-checked in the engine", () => {
  it("stops the preview of an image that nothing boots, and names that image only", async () => {
    const { code, output } = await preview();
    expect(code, output).not.toBe(0);
    expect(output).toContain("[mandatory]  published-images-are-boot-checked  (builders:index:LibvirtImage: other)");
    expect(output).toContain("declare a BootCheck");
    expect(output).not.toContain("LibvirtImage: checked)");
  });

  it("lets it pass once each image has its check", async () => {
    const { code, output } = await preview("-c", "both=true");
    expect(code, output).toBe(0);
    expect(output).not.toContain("[mandatory]");
    expect(output).toContain("copr-builders@v0.1.0");
  });
});
