/** A folder for all that unit tests leave among temporary files, and among the user's own: gone when they are done. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "unit-"));
  // The tests' processes inherit it.
  process.env["TMPDIR"] = folder;
  process.env["XDG_STATE_HOME"] = join(folder, "state");
  return () => rmSync(folder, { recursive: true, force: true });
}
