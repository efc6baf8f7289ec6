/** What there is on the hypervisor and in the store: to count what is left, and to see that nothing was touched. */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync, existsSync } from "node:fs";
import * as path from "node:path";
import { STORE_FOLDERS } from "../../../provider/store-folders";
import { REPOSITORY, type Checkout } from "./checkout";

function virsh({ pulumi }: Checkout, ...args: readonly string[]): string[] {
  const text = execFileSync("virsh", ["-q", ...args], { encoding: "utf8", env: pulumi.environment });
  return text.split("\n").filter((line) => line.trim() !== "");
}

export function domains(checkout: Checkout): string[] {
  return virsh(checkout, "list", "--all", "--name").sort();
}

export function domainUuid(checkout: Checkout, name: string): string {
  return virsh(checkout, "domuuid", name)[0] ?? "";
}

export function volumes(checkout: Checkout, pool: string): string[] {
  return virsh(checkout, "vol-list", "--pool", pool)
    .map((line) => line.trim().split(/\s+/)[0] ?? "")
    .sort();
}

export function volumePath(checkout: Checkout, pool: string, volume: string): string {
  return virsh(checkout, "vol-path", "--pool", pool, volume)[0]?.trim() ?? "";
}

/** Makes a pool over a folder of the checkout, or removes it with what libvirt knows of it. */
export function makePool(checkout: Checkout, name: string): void {
  virsh(checkout, "pool-create-as", name, "dir", "--target", path.join(checkout.folder, ".local", name), "--build");
}

export function removePool(checkout: Checkout, name: string): void {
  virsh(checkout, "pool-destroy", name);
}

const BUILT = ["builds", "disks", "packages"];

/**
 * What the stack's builds have in the store, `builds/KEY.json`, with size and time of writing: an untouched store answers
 * the same twice.
 */
export function objects(checkout: Checkout): Record<string, string> {
  return Object.fromEntries(
    Object.entries(everything(checkout)).filter(([name]) => BUILT.some((kind) => name.startsWith(`${kind}/`))),
  );
}

/** The same of all that carries the stack's identity there. */
export function everything(checkout: Checkout): Record<string, string> {
  const identity = checkout.identity();
  const found: Record<string, string> = {};
  for (const kind of STORE_FOLDERS) {
    const folder = objectPath(`${kind}/${identity}`);
    for (const name of existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []) {
      const stat = statSync(path.join(folder, name));
      if (stat.isFile()) found[`${kind}/${name}`] = `${stat.size} ${stat.mtimeMs}`;
    }
  }
  return found;
}

export function recordPath(checkout: Checkout, key: string): string {
  return objectPath(`builds/${checkout.identity()}/${key}.json`);
}

export function objectPath(object: string): string {
  return path.join(REPOSITORY, ".local", "s3", "data", "builders", object);
}
