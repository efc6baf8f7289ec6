/** The whole report of a stack, as a document. Pure: the clock is among the facts. */
import { muted, type ReportDocument } from "./document";
import { documents } from "./documents";
import { newestFirst, type Facts } from "./facts";
import { many, moment } from "./format";
import { changes, disks } from "./generations";
import { money } from "./money";
import { overview } from "./overview";
import { times } from "./times";
import { vulnerabilities } from "./vulnerabilities";

export function report(facts: Facts): ReportDocument {
  const { stack, now } = facts;
  return {
    title: `Builder images of ${stack}`,
    subtitle: `${many(newestFirst(facts).length, "generation")}, as of ${moment(now)}`,
    blocks: [
      ...overview(facts),
      ...changes(facts),
      ...vulnerabilities(facts),
      ...times(facts),
      ...disks(facts),
      ...documents(facts),
      ...money(facts),
    ],
    footer: muted(`Written by "npm run report -- --stack ${stack}" from the outputs of the stacks; ages as of then.`),
  };
}
