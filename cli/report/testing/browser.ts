/** A real browser without a window, from the system's packages. */
import { existsSync } from "node:fs";
import * as path from "node:path";
import { chromium, type Browser } from "playwright-core";

/** As toolchain/setup/test-packages.txt proves them. */
const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser"];
const FEDORA = "/usr/lib64/chromium-browser/headless_shell";

export async function openBrowser(): Promise<Browser> {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const places = [...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))), FEDORA];
  const found = places.find((file) => existsSync(file));
  if (found === undefined)
    throw new Error(`no ${NAMES.join(", ")} on PATH; "bash toolchain/setup.sh tests" installs one`);
  return chromium.launch({ executablePath: found, timeout: 20_000 });
}
