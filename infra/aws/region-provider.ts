/** One provider for each region of a program, whoever asks for it: each is a process of its own, and not a small one. */
import { Provider } from "@pulumi/aws/provider";

const known = new Map<string, Provider>();

export function regionProvider(region: string): Provider {
  const found = known.get(region);
  if (found) return found;
  const provider = new Provider(`aws-${region}`, { region });
  known.set(region, provider);
  return provider;
}
