/** The process of a plugin, as the engine starts it: `main.ts [FLAGS] ENGINE_ADDRESS`. */

const PARENT_CHECK_MS = 1000;

/** The first argument that is no flag: the engine may put `--logtostderr`, `-v=9` and `--tracing ADDRESS` before it. */
export function engineAddress(args: readonly string[]): string {
  const address = args.find((arg, index) => !arg.startsWith("-") && args[index - 1] !== "--tracing");
  if (address === undefined) throw new Error("usage: main.ts ENGINE_ADDRESS (this is a plugin; pulumi starts it)");
  return address;
}

/** An engine that is killed tells nobody: the plugin would live on, and what it runs with it. */
export function endWithEngine(plugin: { cancel(): Promise<void> }): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid === engine) return;
    void plugin.cancel().finally(() => process.exit(1));
  }, PARENT_CHECK_MS).unref();
}
