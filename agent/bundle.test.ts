import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bundleAgent } from "./bundle";

const REPOSITORY = join(__dirname, "..");

it("has the same bytes from another folder, with another one to work in", async () => {
  const copy = mkdtempSync(join(tmpdir(), "elsewhere-"));
  try {
    for (const folder of ["agent", "contract", "ebs", "package.json"]) {
      cpSync(join(REPOSITORY, folder), join(copy, folder), { recursive: true });
    }
    symlinkSync(join(REPOSITORY, "node_modules"), join(copy, "node_modules"));
    const print = `require(${JSON.stringify(join(copy, "agent/bundle.ts"))}).bundleAgent().then((text) => process.stdout.write(text))`;
    const made = execFileSync(process.execPath, ["--require", "load-typescript", "-e", print], {
      ...{ cwd: copy, encoding: "utf8", maxBuffer: 64 * 2 ** 20 },
    });
    expect(made === (await bundleAgent())).toBe(true);
  } finally {
    rmSync(copy, { recursive: true });
  }
});
