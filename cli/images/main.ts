/** `npm run -s images -- --stack STACK`: the image ids of a stack, for those who start builders. */
import { readFileSync } from "node:fs";
import { pulumiOnPath } from "../outputs/read";
import { runImages } from "./run";

process.exitCode = runImages(process.argv.slice(2), {
  pulumi: pulumiOnPath,
  readFile: (file) => readFileSync(file, "utf8"),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
