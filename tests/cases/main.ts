/** `npm run cases -- [FOLDER]`: runs the cases of a folder, and prints one line for each. */
import * as path from "node:path";
import { caseFolders, runCase, table, type CaseResult } from "./runner";

async function main([folder = path.join(__dirname, "given")]: readonly string[]): Promise<number> {
  const results: CaseResult[] = [];
  for (const one of caseFolders(path.resolve(folder))) results.push(await runCase(one));
  console.log(table(results));
  return results.length > 0 && results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
