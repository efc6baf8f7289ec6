import { build } from "esbuild";
import { join } from "node:path";

let bundled: Promise<string> | undefined;

/** The agent as one file of JavaScript for node 18: the same text for the same sources, wherever they lie. */
export function bundleAgent(): Promise<string> {
  bundled ??= bundleEntry("main.ts");
  return bundled;
}

/** One file from another entry of this folder: tests run the agent on a machine of their own making. */
export async function bundleEntry(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: __dirname,
    entryPoints: [join(__dirname, entry)],
    bundle: true,
    write: false,
    platform: "node",
    target: "node18",
    format: "cjs",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    // The caller's own settings must not change the text.
    tsconfigRaw: { compilerOptions: { target: "es2022" } },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild made no bundle of the agent");
  return file.text;
}
