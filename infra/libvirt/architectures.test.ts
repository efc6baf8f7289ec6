import { readFileSync } from "node:fs";
import * as path from "node:path";
import { expect, it } from "vitest";
import { GUEST_ARCHITECTURES } from "./architectures";

/** The names of packages in one of the set-up's lists: the second column is Debian's, the third Fedora's. */
function column(arch: string, index: 1 | 2): readonly string[] {
  const file = path.join(__dirname, "../../toolchain/setup", `guests-${arch}.txt`);
  const rows = readFileSync(file, "utf8").split("\n");
  return rows.filter((row) => /^[^#]/.test(row)).flatMap((row) => row.split(/\s+/)[index] ?? []);
}

it.each(["aarch64", "ppc64le", "s390x"] as const)("what preflight asks for, the set-up installs: %s", (arch) => {
  const { debian, fedora } = GUEST_ARCHITECTURES[arch].packages;
  expect(column(arch, 1)).toEqual(expect.arrayContaining(debian.split(" ")));
  expect(column(arch, 2)).toEqual(expect.arrayContaining(fedora.split(" ")));
});
