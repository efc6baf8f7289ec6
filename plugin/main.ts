/** The provider's process: everything real (engine, clock, processes, stores) is put together here and nowhere else. */
import { main } from "@pulumi/pulumi/provider";
import { endPluginsOf } from "../provider/engine-plugins";
import { tcpReachable, watchEngine } from "../provider/engine-watch";
import { engineAddress } from "../provider-kit/process";
import { resourceLogs } from "./log";
import { allResources } from "./resources";
import { version } from "../package.json";
import { absolutePaths, startFolder } from "../provider/relative-paths";
import { makeProvider } from "../provider/server";
import { isListening } from "../provider/ssh-client/agent";

const args = process.argv.slice(2);
const address = engineAddress(args);

// Before anything reads them: the engine starts providers beside the program.
Object.assign(process.env, absolutePaths(process.env, startFolder()));

void begin();

async function begin(): Promise<void> {
  // @pulumi/command fails at a socket that nobody listens at any more, also where it is given a key.
  const { SSH_AUTH_SOCK: agent } = process.env;
  if (agent && !(await isListening(agent))) delete process.env.SSH_AUTH_SOCK;
  await serve(address);
}

async function serve(address: string): Promise<void> {
  const provider = makeProvider({ version, resources: await allResources(), log: resourceLogs(address) });

  /** Stops what runs inside, leaves a state that the next `pulumi up` takes up again, and ends. */
  const leave = (why: string): void => {
    provider.leave(why);
    void provider.idle().then(() => process.exit(1));
  };
  watchEngine({
    address,
    parent: () => process.ppid,
    reachable: tcpReachable,
    onGone: () => {
      endPluginsOf(address);
      leave("the engine is gone");
    },
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => leave(`got ${signal}`));
  // The pipes to a dead engine are broken; that it is dead is EngineWatch's to say.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

  await main(provider, args);
}
