/** A stand-in in the place of the official plugin must not drive an account that somebody pays for. */
import { isIP } from "node:net";

/** Set to "yes", it may. */
export const REAL_ACCOUNT_VARIABLE = "COPR_BUILDERS_STANDIN_ON_REAL_ACCOUNT";

interface Stack {
  add(
    middleware: (next: (args: never) => Promise<never>) => (args: never) => Promise<never>,
    options: { readonly step: "finalizeRequest"; readonly priority: "high"; readonly name: string },
  ): void;
}

/**
 * Before anything is sent: is the receiver on this machine? Asked of the request itself, since endpoints come from arguments,
 * variables and profiles. An emulator is on a loopback address; AWS never is.
 */
export function emulatorsOnly<C extends { readonly middlewareStack: object }>(
  client: C,
  environment: NodeJS.ProcessEnv,
): C {
  if (environment[REAL_ACCOUNT_VARIABLE] === "yes") return client;
  const stack = client.middlewareStack as Stack;
  stack.add(
    (next) => async (args: { readonly request: { readonly hostname: string } }) => {
      const { hostname } = args.request;
      if (!isLoopback(hostname)) throw new StandInRefusal(hostname);
      return next(args as never);
    },
    { step: "finalizeRequest", priority: "high", name: "emulatorsOnly" },
  );
  return client;
}

export class StandInRefusal extends Error {
  constructor(hostname: string) {
    super(
      `the stand-in standins/aws-plugin does not act on ${hostname}, for it is not an emulator on this machine; let ` +
        `"bash toolchain/setup.sh" fetch the official plugin, or set ${REAL_ACCOUNT_VARIABLE}=yes if this is meant`,
    );
    this.name = "StandInRefusal";
  }
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
