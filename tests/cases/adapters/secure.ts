/** Secrets in settings: the engine hands them over decrypted, the stack's file says where they are. */
import { stringify } from "yaml";
import * as z from "zod";
import { decodeSettings } from "../../../model/settings";
import { identityReasons } from "../../../model/plan/reasons";
import type { Identity } from "../../../model/plan/types";
import { setPath, type Run } from "../case";
import { messageSchema, outcome, refusalProblems, setProblems, type Outcome } from "../messages";
import { buildSettings, isMistake } from "./sources";

const NAMESPACE = "copr-builders";

const secureSchema = z.strictObject({
  setting: z.string(),
  values: z.array(z.string()).min(1),
  right: z.enum(["taken", "refused", "either"]).default("either"),
  refused: messageSchema.exactOptional(),
  reason: z.string().exactOptional(),
  neverShown: z.array(z.string()).default([]),
});

export async function secure(run: Run): Promise<string[]> {
  const { setting, values, right, refused = {}, reason, neverShown } = run.expected(secureSchema);
  const problems: string[] = [];
  for (const value of values) {
    const came = await read(run, setting, value);
    if (!("refused" in came)) {
      // What the settings hold gets into state, images and logs: a secret that is taken (source.secrets) is not among it.
      const held = JSON.stringify(came.value);
      const shown = [value, ...neverShown].filter((text) => held.includes(text));
      problems.push(
        ...(right === "refused"
          ? ["wanted it refused, came: taken"]
          : shown.map((text) => `${text} was taken in clear`)),
      );
    } else if (right === "taken") problems.push(`wanted it taken, came: ${came.refused}`);
    else problems.push(...refusalProblems(came, { ...refused, saysNot: [...(refused.saysNot ?? []), ...neverShown] }));
  }
  return [...problems, ...(reason === undefined ? [] : reasonProblems(setting, values, reason, neverShown))];
}

function read(run: Run, setting: string, value: string): Promise<Outcome<unknown>> {
  const key = `${NAMESPACE}:${/^\w+/.exec(setting)?.[0] ?? ""}`;
  const named = (settings: Readonly<Record<string, unknown>>) =>
    Object.entries(settings).map(([name, one]) => [`${NAMESPACE}:${name}`, one] as const);
  const [clear, written] = [run.settings(), run.settings()];
  setPath(clear, setting, value);
  setPath(written, setting, { secure: "v1:b3BhcXVl:b3BhcXVl" });
  const config = Object.fromEntries(named(clear).map(([name, one]) => [name, JSON.stringify(one)]));
  const file = stringify({ config: Object.fromEntries(named(written)) });
  return outcome(() => buildSettings({ ...decodeSettings(config, { keys: [key], file }) }), isMistake);
}

/** A stack that wrote the values in clear before, as plain build arguments. */
function reasonProblems(setting: string, values: readonly string[], reason: string, neverShown: readonly string[]) {
  const name = setting.split(".").at(-1) ?? "";
  const [before, now] = [values[0], values.at(-1)].map((value): Identity => {
    const source = { kind: "context", context: "images/example", hash: "c", containerfile: "Containerfile" } as const;
    const builder = { reference: "registry.example.org/b:1", digest: `sha256:${"b".repeat(64)}` };
    const recipe = { builder, rootfs: "xfs", args: [] };
    return { keyVersion: 1, source: { ...source, buildArgs: { [name]: value ?? "" } }, from: {}, recipe };
  });
  if (before === undefined || now === undefined) return ["there are no values"];
  const reasons = identityReasons(before, now);
  const leaked = neverShown.filter((text) => reasons.join("\n").includes(text));
  return [...setProblems("reasons", reasons, [reason]), ...leaked.map((text) => `wanted no ${text} in the reasons`)];
}
