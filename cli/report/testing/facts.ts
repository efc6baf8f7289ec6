/** What a report of the whole farm is written from: stack devel, from which prod promotes. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { devel, ledger, NOW, objects, prod, settings } from "../../outputs/testing/farm";
import { decodeSettings, fileConfig } from "../../../model/settings";
import type { Facts } from "../facts";
import { promoteTimes } from "../schedule";

const PROD = path.join(__dirname, "..", "..", "..", "Pulumi.prod.yaml");

export const farmFacts: Facts = {
  stack: "devel",
  outputs: devel,
  readers: [{ stack: "prod", outputs: prod }],
  packages: objects,
  documents: new Map(),
  schedule: {
    building: { stack: "devel", generations: ledger, settings },
    promoting: [
      {
        stack: "prod",
        used: prod.generations,
        settings: promoteTimes("prod", { raw: decodeSettings(fileConfig(readFileSync(PROD, "utf8"))) }),
      },
    ],
  },
  store: "amazon",
  now: NOW,
};
