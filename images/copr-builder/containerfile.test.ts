/** The Fedora builder can't be built everywhere; what can be read from its files is checked everywhere. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { imageReferences } from "../../model/source";

const ROOTFS = join(__dirname, "rootfs");
const parsed = DockerfileParser.parse(readFileSync(join(__dirname, "Containerfile"), "utf8"));
const instructions = parsed.getInstructions().map((instruction) => ({
  keyword: instruction.getKeyword(),
  text: instruction
    .getArguments()
    .map((argument) => argument.getValue())
    .join(" "),
}));

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [relative(ROOTFS, path)];
  });
}

describe("images/copr-builder/Containerfile", () => {
  it("is one stage from Fedora's bootc image, of the release that devel's settings name", () => {
    expect(parsed.getFROMs()).toHaveLength(1);
    const { config } = parse(readFileSync(join(__dirname, "../../Pulumi.devel.yaml"), "utf8")) as {
      config: { "copr-builders:source": { buildArgs: Record<string, string> } };
    };
    const { buildArgs } = config["copr-builders:source"];
    const text = readFileSync(join(__dirname, "Containerfile"), "utf8");
    const base = `quay.io/fedora/fedora-bootc:${buildArgs["FEDORA_VERSION"]}`;
    expect(imageReferences(text, buildArgs)).toEqual([base]);
    expect(imageReferences(text)).toEqual([base]);
  });

  it("uses known instructions only, and nothing that a bootc system ignores", () => {
    expect(new Set(instructions.map(({ keyword }) => keyword))).toEqual(new Set(["ARG", "FROM", "COPY", "RUN"]));
  });

  it("ends with bootc's own lint, after everything that it could find", () => {
    expect(instructions.at(-1)).toEqual({ keyword: "RUN", text: "bootc container lint" });
  });

  it("makes the initramfs again after the transient root is switched on", () => {
    expect(readFileSync(join(ROOTFS, "usr/lib/ostree/prepare-root.conf"), "utf8")).toMatch(
      /\[root\]\ntransient = true/,
    );
    const copy = instructions.findIndex(({ keyword }) => keyword === "COPY");
    const dracut = instructions.findIndex(({ text }) => text.includes("dracut --force"));
    expect(copy).toBeGreaterThan(0);
    expect(dracut).toBeGreaterThan(copy);
  });

  it("copies folders that exist, and lets nothing else into the build key", () => {
    for (const { keyword, text } of instructions) {
      if (keyword === "COPY") expect(existsSync(join(__dirname, text.split(" ")[0] ?? "")), text).toBe(true);
    }
    const ignore = readFileSync(join(__dirname, ".containerignore"), "utf8").split("\n");
    expect(ignore.filter((line) => line !== "" && !line.startsWith("#"))).toEqual(["*", "!rootfs", "!Containerfile"]);
  });

  it("keeps its macros where a moved /etc can't lose them, and checks them while building", () => {
    const macros = files(ROOTFS).filter((file) => file.includes("macros"));
    expect(macros).toEqual(["usr/lib/rpm/macros.d/macros.copr-builder"]);
    expect(instructions.some(({ text }) => text.includes("%copr_builder_macros"))).toBe(true);
  });

  it("holds no key, password or token", () => {
    const texts = [join(__dirname, "Containerfile"), ...files(ROOTFS).map((file) => join(ROOTFS, file))];
    for (const file of texts) {
      expect(readFileSync(file, "utf8"), file).not.toMatch(
        /ssh-(rsa|ed25519) AAAA|PRIVATE KEY|chpasswd|PasswordAuthentication yes/,
      );
    }
  });

  it("has a console for each architecture", () => {
    const consoles = files(join(ROOTFS, "usr/lib/bootc/kargs.d")).map((file) =>
      readFileSync(join(ROOTFS, file), "utf8"),
    );
    const architectures = consoles.map((text) => /match-architectures = \["(\w+)"\]/.exec(text)?.[1]);
    expect(architectures.sort()).toEqual(["aarch64", "powerpc64", "s390x", "x86_64"]);
    for (const text of consoles) expect(text).toMatch(/"console=/);
  });
});
