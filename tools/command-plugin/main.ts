/**
 * The plugin `command` as the engine starts it: `main.ts ENGINE_ADDRESS`. A stand-in for the official plugin 1.2.1, for
 * machines that can't download it; see docs/decisions/0101-command-plugin.md.
 */
import { main as serve } from "@pulumi/pulumi/provider";
import { engineLog } from "./engine-log";
import { CommandPlugin } from "./plugin";

const VERSION = "1.2.1";
const PARENT_CHECK_MS = 1000;

/** The first argument that is no flag: the engine may put `--logtostderr`, `-v=9` and `--tracing ADDRESS` before it. */
function engineAddress(args: readonly string[]): string {
  const address = args.find((arg, index) => !arg.startsWith("-") && args[index - 1] !== "--tracing");
  if (address === undefined) throw new Error("usage: main.ts ENGINE_ADDRESS (this is a plugin; pulumi starts it)");
  return address;
}

const args = process.argv.slice(2);
const plugin = new CommandPlugin({
  version: VERSION,
  logFor: engineLog(engineAddress(args)),
  environment: process.env,
});

// An engine that is killed tells nobody: the plugin would live on, and its commands with it.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid === engine) return;
  void plugin.cancel().finally(() => process.exit(1));
}, PARENT_CHECK_MS).unref();

void serve(plugin, args);
