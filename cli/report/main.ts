/** `npm run report -- --stack STACK`: what there is, where it runs, what it took; as a page and as Markdown. */
import { messageOf } from "../../contract/message-of";
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { openStore } from "../../provider/object-store";
import { pulumiOnPath } from "../outputs/read";
import { parseCommand, USAGE, UsageError } from "./command";
import { gather } from "./gather";
import { htmlPage } from "./html";
import { reportJson } from "./json";
import { markdown } from "./markdown";
import { report } from "./report";
import { readScan } from "./scan";

async function main(args: readonly string[]): Promise<void> {
  const command = parseCommand(args);
  // Before anything is asked of anybody: a file that can't be read needs no answers.
  const scans = await Promise.all(command.vulnerabilities.map(readScan));
  const facts = {
    ...(await gather(command, { pulumi: pulumiOnPath, openStore, now: new Date() })),
    ...(scans.length === 0 ? {} : { scan: scans.flat() }),
  };
  if (command.json) {
    console.log(JSON.stringify(reportJson(facts), undefined, 2));
    return;
  }
  const document = report(facts);
  mkdirSync(command.out, { recursive: true });
  for (const [name, text] of [
    ["report.html", htmlPage(document)],
    ["report.md", markdown(document)],
  ] as const) {
    const file = path.join(command.out, name);
    writeFileSync(file, text);
    console.log(file);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`${messageOf(error)}${error instanceof UsageError ? `\n${USAGE}` : ""}`);
  process.exitCode = 2;
});
