/**
 * The plugin `aws` as the engine starts it: `main.ts ENGINE_ADDRESS`. A stand-in for the official plugin, for machines
 * that can't download it; see docs/decisions/0311-aws-plugin.md.
 */
import { version } from "@pulumi/aws/package.json";
import { engineLog } from "../plugin-kit/engine-log";
import { endWithEngine, engineAddress } from "../plugin-kit/process";
import { servePlugin } from "../plugin-kit/server";
import { makeClients } from "./clients";
import { AwsPlugin } from "./plugin";

const plugin = new AwsPlugin({
  version,
  logFor: engineLog(engineAddress(process.argv.slice(2))),
  clientsFor: (config) => makeClients(config, process.env),
});
endWithEngine(plugin);
void servePlugin(plugin);
