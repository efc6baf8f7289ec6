/** What resources say, on their lines of `pulumi up`. */
import { printable } from "../contract/printable";
import { engineEar } from "../provider-kit/engine-log";
import type { EngineLog } from "../provider/handler";

export function resourceLogs(address: string): EngineLog {
  const say = engineEar(address);
  const line = (urn: string, severity: "info" | "warning", ephemeral: boolean) => (text: string) => {
    // An engine that no longer answers is noticed by EngineWatch; there is nobody else to tell.
    void say({ urn, severity, text: printable(text), ephemeral }).catch(() => undefined);
  };
  return {
    for: (urn) => ({
      status: line(urn, "info", true),
      info: line(urn, "info", false),
      warn: line(urn, "warning", false),
    }),
  };
}
