/** What there is on the hypervisor and in the store: to count what is left, and to see that nothing was touched. */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync, existsSync } from "node:fs";
import * as path from "node:path";
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

/** Objects of the stack in the store with size and time of writing: an untouched store answers the same twice. */
export function objects({ stack }: Checkout): Record<string, string> {
  const bucket = path.join(REPOSITORY, ".local", "s3", "data", "builders");
  const found: Record<string, string> = {};
  for (const kind of ["builds", "disks", "packages"]) {
    const folder = path.join(bucket, kind, stack);
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const { size, mtimeMs } = statSync(path.join(folder, name));
      found[`${kind}/${stack}/${name}`] = `${size} ${mtimeMs}`;
    }
  }
  return found;
}

export function objectPath(object: string): string {
  return path.join(REPOSITORY, ".local", "s3", "data", "builders", object);
}
