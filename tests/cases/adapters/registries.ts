/** The kinds that ask a registry: what a reference stands for, through which proxy, for which architectures. */
import * as path from "node:path";
import * as z from "zod";
import { checkArchitectures, identify, registryClient, type Registry } from "../../../model/source";
import { ARCHITECTURES } from "../../../infra/words";
import type { Json, Run } from "../case";
import { messageSchema, outcome, refusalProblems, type Outcome } from "../messages";
import { rulesSchema, withServer, type RuleServer, type Seen } from "../server";
import { anyRegistry, buildSettings, isMistake, lookUp } from "./sources";

const QUICK = { patience: { pauseMs: 1, timeoutMs: 5000 } };

const digestSchema = z.strictObject({
  reference: z.string(),
  digest: z.string().exactOptional(),
  refused: messageSchema.exactOptional(),
  registries: z.record(z.string(), z.unknown()).exactOptional(),
  authFile: z.string().default("auth.json"),
  tls: z.literal("self-signed").exactOptional(),
  tokenRequest: z
    .strictObject({
      method: z.string(),
      contentType: z.string().exactOptional(),
      form: z.record(z.string(), z.string()).exactOptional(),
    })
    .exactOptional(),
  neverShown: z.array(z.string()).default([]),
});

export async function digest(run: Run): Promise<string[]> {
  const { tls } = run.expected(digestSchema);
  return withServer(tls, async (server) => {
    const expected = run.expected(digestSchema, { HOST: server.host });
    start(run, server);
    const env = { REGISTRY_AUTH_FILE: path.join(run.folder, expected.authFile) };
    const { registries = run.settings()["registries"] ?? {} } = expected;
    const came = await onPath(run.folder, () =>
      outcome(() => {
        const settings = buildSettings({ ...run.settings(), registries }, env);
        return registryClient({ ...settings, ...QUICK }).digest(expected.reference);
      }, isMistake),
    );
    const shown = "refused" in came ? expected.neverShown.filter((secret) => came.refused.includes(secret)) : [];
    return [
      ...(expected.refused ? refusalProblems(came, expected.refused) : valueProblems(came, expected.digest ?? "")),
      ...(expected.tokenRequest ? tokenProblems(server.seen, expected.tokenRequest) : []),
      ...shown.map((secret) => `wanted ${secret} never shown, came it in the message`),
    ];
  });
}

/** The collection's name for it; nothing else of the case's is filled in here. */
function start(run: Run, server: RuleServer, more: Json = {}): void {
  run.fill({ HOST: server.host, ...more });
  server.answer(run.json("registry.json", rulesSchema));
}

/** Programs of the case, `docker-credential-...`, are found first. */
async function onPath<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env["PATH"] ?? "";
  process.env["PATH"] = `${folder}:${before}`;
  try {
    return await work();
  } finally {
    process.env["PATH"] = before;
  }
}

function valueProblems(came: Outcome<string>, wanted: string): string[] {
  const text = "value" in came ? came.value : came.refused;
  return text === wanted ? [] : [`wanted ${wanted}, came: ${text}`];
}

function tokenProblems(
  seen: readonly Seen[],
  wanted: NonNullable<z.output<typeof digestSchema>["tokenRequest"]>,
): string[] {
  const request = seen.find(({ path }) => !path.startsWith("/v2/"));
  if (request === undefined) return ["wanted a request to the token server, came none"];
  const sent = new URLSearchParams(request.body);
  const differences = [
    ["method", wanted.method, request.method],
    ["content type", wanted.contentType, request.headers["content-type"]],
    ...Object.entries(wanted.form ?? {}).map(([name, value]) => [`field ${name}`, value, sent.get(name) ?? "none"]),
  ];
  return differences.flatMap(([what, value, came]) =>
    value === undefined || value === came ? [] : [`wanted ${what} ${value} at the token server, came: ${came}`],
  );
}

const proxySchema = z.strictObject({
  environment: z.record(z.string(), z.string()),
  through: z.array(z.string()),
  direct: z.array(z.string()),
});

export async function proxy(run: Run): Promise<string[]> {
  return withServer(undefined, (server) =>
    withServer(undefined, async (between) => {
      const places = { HOST: server.host, PROXY: between.host };
      const { environment, through, direct } = run.expected(proxySchema, places);
      start(run, server, places);
      const client = registryClient({
        ...buildSettings(run.settings(), environment),
        patience: { ...QUICK.patience, attempts: 1 },
      });
      const problems: string[] = [];
      for (const reference of through) {
        const before = between.connects.length;
        await client.digest(reference).catch(() => undefined);
        const wanted = `${reference.split("/")[0]}:443`.replace(/(:\d+):443$/, "$1");
        const came = between.connects.slice(before);
        if (!came.includes(wanted))
          problems.push(`wanted CONNECT ${wanted} at the proxy, came: ${came.join(", ") || "none"}`);
      }
      const before = between.connects.length + between.seen.length;
      for (const reference of direct) {
        const came = await outcome(() => client.digest(reference), isMistake);
        if ("refused" in came) problems.push(`wanted ${reference} to be found, came: ${came.refused}`);
      }
      const more = between.connects.length + between.seen.length - before;
      return more === 0
        ? problems
        : [...problems, `wanted nothing at the proxy for ${direct.join(", ")}, came ${more} requests`];
    }),
  );
}

const filesSchema = z.strictObject({ authFiles: z.array(z.string()) });
const environmentSchema = z.object({ uid: z.int(), env: z.record(z.string(), z.string()) });

export function authFiles(run: Run): Promise<string[]> {
  const { authFiles: wanted } = run.expected(filesSchema);
  const { uid, env } = run.json("environment.json", environmentSchema);
  const came = buildSettings(run.settings(), env, uid).authFiles.slice(0, wanted.length);
  const same = came.join() === wanted.join();
  return Promise.resolve(same ? [] : [`wanted ${wanted.join(", ")}, came: ${came.join(", ")}`]);
}

const architectureSchema = z.strictObject({
  architectures: z.array(z.enum(ARCHITECTURES)),
  refused: messageSchema.exactOptional(),
  right: z.enum(["taken", "refused"]).exactOptional(),
  source: z
    .union([z.strictObject({ image: z.string() }), z.strictObject({ containerfile: z.string() })])
    .exactOptional(),
});

export async function architecture(run: Run): Promise<string[]> {
  return withServer(undefined, async (server) => {
    const expected = run.expected(architectureSchema, { HOST: server.host });
    start(run, server);
    const came = await outcome(async () => {
      const settings = {
        ...buildSettings({ ...run.settings(), ...withImage(expected) }),
        ...farm(run, expected.architectures),
      };
      const client = registryClient({ ...settings, ...QUICK });
      const registry: Registry = {
        digest: (reference) => of(server, reference, client).digest(reference),
        architectures: (reference) => of(server, reference, client).architectures(reference),
      };
      if (settings.source.kind === "context") await lookUp(run, textOf(run, expected));
      const sources = await identify(settings, run.folder, registry);
      return [...sources.warnings, ...(await checkArchitectures(settings, sources, registry))];
    }, isMistake);
    if (expected.refused && expected.right !== "taken") return refusalProblems(came, expected.refused);
    return "refused" in came ? [`wanted it to be taken, came: ${came.refused}`] : [];
  });
}

/** Images of other registries, those of the image builder, are there. */
function of(server: RuleServer, reference: string, client: Registry): Registry {
  return reference.startsWith(`${server.host}/`) ? client : anyRegistry;
}

function withImage({ source }: z.output<typeof architectureSchema>): Json {
  return source && "image" in source ? { source: { image: source.image } } : {};
}

function textOf(run: Run, { source }: z.output<typeof architectureSchema>): string {
  return source && "containerfile" in source ? source.containerfile : run.text("Containerfile");
}

/** The same worker and targets for each: what the images are built for is all that is asked here. */
function farm(run: Run, archs: readonly (typeof ARCHITECTURES)[number][]) {
  const [first] = Object.values(buildSettings(run.settings()).architectures);
  if (first === undefined) throw new Error("the settings of the case have no architecture");
  return { architectures: Object.fromEntries(archs.map((arch) => [arch, first])) };
}
