/** Debian of an architecture, as packed trees of files: what takes the time of making the images. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Arch } from "../../infra/words";
import { run } from "./commands";
import { sha256, type Layer } from "./oci";
import { madeOnce } from "./once";
import { LOCAL, REPOSITORY } from "./places";

export const BOOTABLE = join(REPOSITORY, "images/debian-bootable");
export const IMAGE_BUILDER = join(REPOSITORY, "images/debian-image-builder");

export interface Trees {
  readonly folder: string;
  /** The image debian-bootable, and the packages that the image debian-image-builder adds to it. */
  readonly base: Layer;
  readonly packages: Layer;
  /** The tree of a worker's disk, a tar file. */
  readonly worker: string;
  readonly kernel: string;
}

/** What of an architecture's file is of use here. */
interface Architecture {
  /** What Debian calls it. */
  readonly debian: string;
  /** How the name of its kernel's file begins. */
  readonly kernel: string;
}

/** A minute and a half for this machine's own architecture, 5 to 15 minutes for another, whose programs are emulated. */
export async function debianTrees(arch: Arch, say: (line: string) => void): Promise<Trees> {
  const { debian, kernel } = architecture(arch);
  // Read by make-trees, for those whose machines are to come from a mirror of their own.
  const mirrors = process.env["DEBIAN_SOURCES"];
  const folder = await madeOnce({
    within: join(LOCAL, "images", arch, "trees"),
    sources: [BOOTABLE],
    also: [debian, ...(mirrors === undefined ? [] : [readFileSync(mirrors, "utf8")])],
    make: async (target) => {
      say(`making Debian for ${arch}, once for each change under images/debian-bootable`);
      const limit = { timeoutSeconds: 3600 };
      const at = (name: string): string => join(target, name);
      writeFileSync(at("make-trees.log"), await run(join(BOOTABLE, "make-trees"), [target, debian], limit));
      await Promise.all([
        makeLayer(at("base.tar"), at("base")),
        makeLayer(at("image-builder.tar"), at("image-builder")),
        extractKernel(at("base.tar"), kernel, at("kernel")),
        run("zstd", ["-q", "-T0", at("worker.tar"), "-o", at("worker.tar.zst")], limit),
      ]);
      for (const name of ["base.tar", "image-builder.tar", "worker.tar"]) rmSync(at(name));
    },
  });
  return {
    folder,
    base: readLayer(join(folder, "base")),
    packages: readLayer(join(folder, "image-builder")),
    worker: join(folder, "worker.tar.zst"),
    kernel: join(folder, "kernel"),
  };
}

/** zstd because a worker unpacks it in half the time that gzip takes; level 9 because it is packed once. */
export async function makeLayer(tar: string, target: string): Promise<void> {
  await run("zstd", ["-q", "-9", "-T0", tar, "-o", `${target}.tar.zst`], { timeoutSeconds: 600 });
  const described = {
    mediaType: "application/vnd.oci.image.layer.v1.tar+zstd",
    digest: await sha256(`${target}.tar.zst`),
    diffId: await sha256(tar),
  };
  writeFileSync(`${target}.json`, JSON.stringify(described));
}

export function readLayer(target: string): Layer {
  const described = JSON.parse(readFileSync(`${target}.json`, "utf8")) as Omit<Layer, "file">;
  return { ...described, file: `${target}.tar.zst` };
}

function architecture(arch: Arch): Architecture {
  const file = join(IMAGE_BUILDER, "architectures", arch);
  const text = readFileSync(file, "utf8");
  const value = (key: string): string => {
    const found = new RegExp(`^${key}=(\\S+)$`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`${file} has no ${key}`);
    return found;
  };
  return { debian: value("DEBIAN"), kernel: value("KERNEL") };
}

async function extractKernel(tar: string, named: string, target: string): Promise<void> {
  const name = (await run("tar", ["-tf", tar])).split("\n").find((line) => line.startsWith(`./boot/${named}-`));
  if (name === undefined) throw new Error(`${tar} has no /boot/${named}-*; see images/debian-bootable/packages.base`);
  await run("bash", ["-c", 'tar -xOf "$1" "$2" > "$3"', "extract", tar, name, target]);
}
