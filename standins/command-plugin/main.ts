/**
 * The plugin `command` as the engine starts it: `main.ts ENGINE_ADDRESS`. A stand-in for the official plugin 1.2.1, for
 * machines that can't download it; see docs/decisions/0101-command-plugin.md.
 */
import { main as serve } from "@pulumi/pulumi/provider";
import { engineLog } from "../../provider-kit/engine-log";
import { endWithEngine, engineAddress } from "../../provider-kit/process";
import { CommandPlugin } from "./plugin";

const VERSION = "1.2.1";

const args = process.argv.slice(2);
const plugin = new CommandPlugin({
  version: VERSION,
  logFor: engineLog(engineAddress(args)),
  environment: process.env,
});
endWithEngine(plugin);
void serve(plugin, args);
