/** The Debian images that the local stack stands on: made once for each state of their sources, then put in place. */
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { arch } from "node:os";
import { join, relative } from "node:path";
import { run } from "./commands";
import { virsh } from "./libvirt";
import { hasImage, pushImage, sha256, type ImageSpec, type Layer } from "./oci";
import { IMAGES, LIBVIRT, LOCAL, REGISTRY_ADDRESS, REPOSITORY, WORKER_VOLUME } from "./places";
import { isMissing } from "./processes";

const SOURCES = ["images/debian-bootable", "images/debian-image-builder"].map((folder) => join(REPOSITORY, folder));
const CACHE = join(LOCAL, "images");

/** What is made from the sources, in a folder named after their hash. */
export interface BuiltImages {
  readonly folder: string;
  readonly workerDisk: string;
  /** A kernel of this machine's architecture, to try KVM with. */
  readonly kernel: string;
  readonly base: ImageSpec;
  readonly builder: ImageSpec;
}

/** Makes the images unless they are there for these sources. Takes about a minute and a half, mostly Debian packages. */
export async function buildImages(say: (line: string) => void): Promise<BuiltImages> {
  const folder = join(CACHE, hashOf(SOURCES).slice(0, 16));
  if (!existsSync(folder)) {
    say("building the Debian images (base, image builder, worker disk), once for each change under images/debian-*");
    // Whatever an interrupted or earlier build left: only the present state is of use.
    rmSync(CACHE, { recursive: true, force: true });
    const unfinished = `${folder}.new`;
    mkdirSync(unfinished, { recursive: true });
    await build(unfinished);
    renameSync(unfinished, folder);
  }
  return describe(folder);
}

/** Worker disk into pool `base`, images into the registry; what is there already is left alone. */
export async function placeImages(built: BuiltImages): Promise<void> {
  for (const image of [built.base, built.builder]) {
    const known = join(built.folder, `${image.name}.pushed`);
    const digest = readIfThere(known);
    if (digest !== undefined && (await hasImage(REGISTRY_ADDRESS, image.name, image.tag, digest))) continue;
    writeFileSync(known, await pushImage(REGISTRY_ADDRESS, image));
  }
  const volume = join(LIBVIRT.pools, "base", WORKER_VOLUME);
  const marker = `${volume}.source`;
  const source = built.folder.slice(CACHE.length + 1);
  if (existsSync(volume) && readIfThere(marker) === source) return;
  // Renamed over the old one: guests that run from that keep it open.
  await copyFile(built.workerDisk, `${volume}.new`);
  await rename(`${volume}.new`, volume);
  writeFileSync(marker, source);
  await virsh("pool-refresh", "base");
}

async function build(folder: string): Promise<void> {
  const script = (name: string): string => join(REPOSITORY, "images/debian-bootable", name);
  const output = (name: string): string => join(folder, name);
  const trees = output("trees");
  const limit = { timeoutSeconds: 1200 };
  const log = await run(script("make-trees"), [trees], limit);
  writeFileSync(output("make-trees.log"), log);
  await Promise.all([
    run(script("make-worker-disk"), [join(trees, "worker.tar"), output("worker.qcow2")], limit),
    layer(join(trees, "base.tar"), output("base")),
    layer(join(trees, "image-builder.tar"), output("image-builder")),
    extractKernel(join(trees, "base.tar"), output("vmlinuz")),
  ]);
  rmSync(trees, { recursive: true });
}

/** zstd because a worker unpacks it in half the time that gzip takes; level 9 because it is packed once. */
async function layer(tar: string, target: string): Promise<void> {
  await run("zstd", ["-q", "-9", "-T0", tar, "-o", `${target}.tar.zst`], { timeoutSeconds: 600 });
  const described = {
    mediaType: "application/vnd.oci.image.layer.v1.tar+zstd",
    digest: await sha256(`${target}.tar.zst`),
    diffId: await sha256(tar),
  };
  writeFileSync(`${target}.json`, JSON.stringify(described));
}

async function extractKernel(tar: string, target: string): Promise<void> {
  const name = (await run("tar", ["-tf", tar])).split("\n").find((line) => line.startsWith("./boot/vmlinuz-"));
  if (name === undefined) throw new Error(`${tar} has no /boot/vmlinuz-*; see images/debian-bootable/packages.base`);
  await run("bash", ["-c", 'tar -xOf "$1" "$2" > "$3"', "extract", tar, name, target]);
}

function describe(folder: string): BuiltImages {
  const read = (name: string): Layer => ({
    ...(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Omit<Layer, "file">),
    file: join(folder, `${name}.tar.zst`),
  });
  const base = read("base");
  const architecture = arch() === "x64" ? "amd64" : arch();
  return {
    folder,
    workerDisk: join(folder, "worker.qcow2"),
    kernel: join(folder, "vmlinuz"),
    base: { ...IMAGES.base, architecture, layers: [base], config: { Cmd: ["/sbin/init"] } },
    builder: {
      ...IMAGES.builder,
      architecture,
      layers: [base, read("image-builder")],
      config: { Entrypoint: ["/usr/lib/image-builder/image-builder"], WorkingDir: "/output" },
    },
  };
}

/** Names, modes and contents of all files below the folders; tests beside them decide nothing. */
export function hashOf(folders: readonly string[]): string {
  const hash = createHash("sha256");
  const visit = (root: string, path: string): void => {
    if (path.endsWith(".test.ts")) return;
    const stat = lstatSync(path);
    hash.update(`${relative(root, path)}\0${stat.mode.toString(8)}\0`);
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) visit(root, join(path, name));
    else if (stat.isSymbolicLink()) hash.update(readlinkSync(path));
    else hash.update(createHash("sha256").update(readFileSync(path)).digest());
  };
  for (const folder of folders) visit(join(folder, ".."), folder);
  return hash.digest("hex");
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
