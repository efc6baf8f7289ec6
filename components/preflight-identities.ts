/** Who we are to each cloud, for whoever wants to know what is missing. */
import { messageOf } from "../contract/message-of";
import { parts } from "../infra";
import type { PlatformUse } from "../infra/platform";
import type { PlatformName } from "../infra/specs";

type Ask = (name: PlatformName, use: PlatformUse) => Promise<string | undefined>;

const askRoom: Ask = async (name, use) => (await parts(name)).identity?.(use);

/** One line for each that has an answer; who can't be told by one of them is no reason to leave out all else that is missing. */
export async function identityLines(uses: ReadonlyMap<PlatformName, PlatformUse>, ask = askRoom): Promise<string[]> {
  const lines = [...uses].map(async ([name, use]) => {
    const who = await ask(name, use).catch((error: unknown) => `can't tell who we are: ${messageOf(error)}`);
    return who === undefined ? [] : [`${name}: ${who}`];
  });
  return (await Promise.all(lines)).flat();
}
