/**
 * The plugin `aws` as the engine starts it: `main.ts ENGINE_ADDRESS`. A stand-in for the official plugin, for machines
 * that can't download it; see docs/decisions/0311-aws-plugin.md.
 */
import { version } from "@pulumi/aws/package.json";
import { engineLog } from "../../provider-kit/engine-log";
import { endWithEngine, engineAddress } from "../../provider-kit/process";
import { servePlugin } from "../../provider-kit/server";
import { sleep } from "../../provider-kit/cancel";
import { makeClients } from "./clients";
import { AwsPlugin } from "./plugin";

/** Share of the official plugin's waits that this one keeps: tests need not sit through AWS's slowness. @default 1 */
const waits = Number(process.env["COPR_BUILDERS_STANDIN_WAITS"] ?? 1);
if (!(waits > 0 && waits <= 1)) throw new Error("COPR_BUILDERS_STANDIN_WAITS must be more than 0, and 1 at most");

const plugin = new AwsPlugin({
  version,
  logFor: engineLog(engineAddress(process.argv.slice(2))),
  clientsFor: (config) => makeClients(config, process.env),
  wait: (milliseconds, signal, what) => sleep(milliseconds * waits, signal, what),
});
endWithEngine(plugin);
void servePlugin(plugin);
