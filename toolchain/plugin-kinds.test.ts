import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version as aws } from "@pulumi/aws/package.json";
import { version as command } from "@pulumi/command/package.json";
import { version as libvirt } from "../sdks/libvirt/package.json";
import { expect, test } from "vitest";
import { pluginLines } from "./plugin-kinds";

test("each plugin is named with its kind: official, in its place, or not there", () => {
  const home = mkdtempSync(join(tmpdir(), "plugin-kinds-"));
  const put = (name: string, version: string, text: string): string => {
    const folder = join(home, `plugins/resource-${name}-v${version}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `pulumi-resource-${name}`), text);
    return folder;
  };
  put(
    "aws",
    aws,
    "#!/bin/sh\n# Written by toolchain/setup.sh: Pulumi's aws provider, as standins/aws-plugin stands in for it.\n",
  );
  const folder = put("libvirt", libvirt, "\x7fELF");
  expect(pluginLines(home)).toEqual([
    `plugin aws ${aws}: standins/aws-plugin stands in: for emulators, it refuses to act on an account of AWS`,
    `plugin command ${command}: not installed; Pulumi fetches the official one when it needs it`,
    `plugin libvirt ${libvirt}: the official one`,
  ]);
  writeFileSync(join(folder, "copr-builders-stand-in"), "");
  expect(pluginLines(home)[2]).toBe(`plugin libvirt ${libvirt}: built here from the Terraform provider`);
  rmSync(home, { recursive: true });
});
