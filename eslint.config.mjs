// Type-aware lint, and the import rules of the design. Each rule of ours is proved in eslint.config.test.ts.
import { readdirSync } from "node:fs";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";
import noCircles from "./toolchain/lint/no-circles.mjs";

// --- Who may import whom: stacks -> components -> infra -> the provider's resource classes; the agent stands alone.

/** A folder a platform. */
const ROOMS = readdirSync(new URL("infra", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "testing")
  .map(({ name }) => name);

/**
 * What of the provider programs may see: the resource classes, the store, its client, its folders and signed records, whose things are,
 * what shell scripts need, what relative paths mean, folders of one user alone, and a login by ssh; for tests a fake store.
 */
const PROVIDER_API = [
  "./index.ts",
  "./store.ts",
  "./relative-paths.ts",
  "./private-folder.ts",
  "./object-store.ts",
  "./store-folders.ts",
  "./signed-record.ts",
  "./holds.ts",
  "./owner.ts",
  "./room.ts",
  "./inputs.ts",
  "./shell.ts",
  "./last-lines.ts",
  "./fake-store.ts",
  "./stack-registration/handler.ts",
  "./credentials-end.ts",
  "./renewed-credentials.ts",
  "./ssh-client/agent.ts",
  "./ssh-client/testing/agent.ts",
  "./ssh-private-key.ts",
  "./ssh-ready/dial.ts",
];
const zone = (target, from, message, except) => ({
  target: `./${target}`,
  from: `./${from}`,
  message,
  ...(except && { except }),
});
const never = (target, above, message) =>
  above.map((from) => zone(target, from, `${target} must not import ${from}${message}.`));
const ORDER = ": stacks -> components -> infra -> provider";
const providerApi = (target) =>
  zone(
    target,
    "provider",
    `${target} sees the provider's resource classes only: import "provider" or "provider/store".`,
    PROVIDER_API,
  );
/** Tests, and what operates, builds or stands in for things, are nobody's parts. */
const OUTSIDE = ["tests", "cli", "standins", "toolchain", "policies", "bench", "plugin"];
/** Of programs: what makes a plugin is no part of them either. */
const OUTSIDE_PROGRAMS = [...OUTSIDE, "provider-kit"];
const outside = (target, folders = OUTSIDE_PROGRAMS) => never(target, folders, "");
/** What is in a room is asked for by `infra`: a new platform changes none of these. */
const noRooms = (target) =>
  ROOMS.map((room) =>
    zone(target, `infra/${room}`, `${target} names no platform: ask infra, and let definePlatform hold what differs.`),
  );
const ZONES = [
  ...[...noRooms("stacks"), providerApi("stacks"), ...outside("stacks")],
  ...[...never("components", ["stacks"], ORDER), ...noRooms("components"), providerApi("components")],
  ...outside("components"),
  ...[
    ...never("model", ["stacks", "components"], ORDER),
    ...noRooms("model"),
    providerApi("model"),
    ...outside("model"),
  ],
  ...[...never("infra", ["components", "stacks"], ORDER), ...outside("infra")],
  ...ROOMS.flatMap((room) => [
    // Its `provider` runs in the provider's process, all else in programs.
    ...["*.ts", "!(provider)/**"].flatMap((half) => [
      providerApi(`infra/${room}/${half}`),
      zone(`infra/${room}/${half}`, `infra/${room}/provider/**/handler.ts`, "Handlers run in the provider's process."),
    ]),
    ...ROOMS.filter((other) => other !== room).map((other) =>
      zone(`infra/${room}`, `infra/${other}`, "A room sees no other: move what both need into infra."),
    ),
  ]),
  ...[providerApi("infra/*.ts"), ...noRooms("infra/!(platforms).ts")],
  ...["provider", "provider-kit"].flatMap((target) => [
    ...never(target, ["infra", "components", "stacks", "model"], ORDER),
    ...outside(target, OUTSIDE),
  ]),
];

// --- What runs on a worker: agent -> ebs -> contract, and inside the agent life -> steps -> job -> machine.

const alone = (target, ...others) =>
  zone(
    target,
    ".",
    `${target} imports ${others.length === 0 ? "nothing of ours" : `${others.join(" and ")} alone`}.`,
    [target, ...others, "node_modules"].map((folder) => `./${folder}`),
  );
const AGENT_LAYERS = ["machine", "job", "steps", "life"];
const INSIDE_AGENT = AGENT_LAYERS.flatMap((layer, height) =>
  [...AGENT_LAYERS.slice(height + 1), "main.ts", "bundle.ts"].map((above) =>
    zone(`agent/${layer}`, `agent/${above}`, "Inside the agent: life -> steps -> job -> machine."),
  ),
);
/** What neither runs on a worker nor tries what does. */
const NOT_ON_WORKERS = [
  ...["cli", "components", "infra", "model", "plugin", "policies", "provider", "provider-kit"],
  ...["stacks", "standins", "toolchain"],
];
const sees = (from, target, except, message) =>
  zone(
    target,
    from,
    `${target} sees ${except.length === 0 ? "nothing" : except.join(" and ")} of ${from}. ${message}`,
    except,
  );
/** Programs pack it; light machines have the disks that it takes for bootable. */
const SEEN_OF_THE_AGENT = { stacks: ["./bundle.ts"], standins: ["./testing"] };
const BLOCKS = "The writer of blocks is for the agent and the room of AWS.";
const ON_WORKERS = [
  alone("contract"),
  alone("ebs", "contract"),
  alone("agent", "ebs", "contract"),
  ...["agent", "ebs"].map((target) =>
    zone(target, "contract/schemas", `${target} is part of the agent's one file: no zod, see contract/schemas.`),
  ),
  ...INSIDE_AGENT,
  ...NOT_ON_WORKERS.map((target) =>
    sees("agent", target, SEEN_OF_THE_AGENT[target] ?? [], "What crosses to a worker is in contract/."),
  ),
  ...NOT_ON_WORKERS.filter((target) => target !== "infra").map((target) => sees("ebs", target, [], BLOCKS)),
  ...["infra/*.ts", "infra/!(aws)/**"].map((target) => sees("ebs", target, [], BLOCKS)),
  sees("ebs", "infra/aws", ["./index.ts"], BLOCKS),
  sees("ebs", "agent", ["./index.ts", "./testing"], BLOCKS),
];

// --- Which modules may be imported where.

/** Whose modules belong to which room. */
const CLOUD_MODULES = Object.entries({
  aws: "^(@pulumi/aws|@aws-sdk/|@smithy/|aws-sdk)",
  ibm: "^(ibm-|@ibm-cloud/)",
  libvirt: "^@pulumi/libvirt",
  openstack: "^@pulumi/openstack",
}).map(([room, regex]) => ({ room, pattern: { regex, message: `These modules belong to infra/${room}.` } }));
/** Those of all clouds but one. */
const cloudModules = (but) => CLOUD_MODULES.filter(({ room }) => room !== but).map(({ pattern }) => pattern);
const NOT_BUILT_IN = {
  regex: "^(?!node:|\\.)",
  message: "The agent is one file for stock machines: node's own modules only, with the node: prefix.",
};
const ENV_MODULE = {
  name: "node:process",
  importNames: ["env"],
  message: "Settings are read in one place: see model/settings.",
};

const modules = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { "no-restricted-imports": ["error", { patterns, paths: [ENV_MODULE] }] },
});

// --- Where settings are read.

/** But for `{ ...process.env }`: that a command inherits the environment is no setting. */
const READS_ENV = {
  selector: ":not(SpreadElement) > MemberExpression[object.name='process'][property.name='env']",
  message:
    "The environment is read in model/settings and in a program's settings.ts only: take the value as an argument.",
};
const READS_CONFIG = ["NewExpression[callee.name='Config']", "NewExpression[callee.property.name='Config']"].map(
  (selector) => ({
    selector,
    message:
      "Configuration is read in model/settings and in a program's settings.ts only: take the value as an argument.",
  }),
);

// --- What differs between platforms is said by them.

const ASKS_FOR_A_PLATFORM = [
  `SwitchCase > Literal[value=/^(${ROOMS.join("|")})$/]`,
  "BinaryExpression:has(> MemberExpression[property.name='platform']):has(> Literal)",
].map((selector) => ({
  selector,
  message: "Let definePlatform hold what differs between platforms, and ask for that.",
}));

const TESTS = ["**/*.test.ts", "**/testing/**/*.ts", "tests/**/*.ts"];

export default tseslint.config(
  { ignores: ["**/node_modules/", ".tools/", ".local/", "**/dist/", "sdks/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "import-x": importX, house: { rules: { "no-circles": noCircles } } },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".js", ".json"] })] },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: [...ZONES, ...ON_WORKERS] }],
      "house/no-circles": "error",
    },
  },
  modules(
    ["stacks", "components", "model", "infra", "provider", "plugin", "policies"].map((top) => `${top}/**/*.ts`),
    cloudModules(),
  ),
  ...ROOMS.map((room) => modules([`infra/${room}/**/*.ts`], cloudModules(room))),
  // Every build's disk is kept in S3.
  modules(["provider/object-store*.ts"], cloudModules("aws")),
  modules(
    ["agent/**/*.ts", "contract/**/*.ts", "ebs/**/*.ts"],
    [NOT_BUILT_IN],
    ["agent/bundle.ts", "contract/schemas/**", ...TESTS],
  ),
  {
    files: ["cli/**/*.ts", "plugin/**/*.ts"],
    ignores: TESTS,
    rules: { "no-restricted-syntax": ["error", ...ASKS_FOR_A_PLATFORM] },
  },
  {
    files: ["stacks", "components", "model", "infra", "policies"].map((top) => `${top}/**/*.ts`),
    ignores: TESTS,
    rules: { "no-restricted-syntax": ["error", ...ASKS_FOR_A_PLATFORM, READS_ENV, ...READS_CONFIG] },
  },
  // The one place of a program where they are read.
  {
    files: ["model/settings/**/*.ts", "stacks/*/settings.ts"],
    ignores: TESTS,
    rules: { "no-restricted-syntax": ["error", ...ASKS_FOR_A_PLATFORM] },
  },
  {
    files: ["infra/*/**/*.ts"],
    ignores: TESTS,
    rules: { "no-restricted-syntax": ["error", READS_ENV, ...READS_CONFIG] },
  },
  {
    files: ["agent/**/*.ts"],
    // What a command on the worker inherits is no setting.
    ignores: ["agent/machine/processes.ts", ...TESTS],
    rules: { "no-restricted-syntax": ["error", READS_ENV] },
  },
  {
    files: ["provider/**/*.ts"],
    ignores: TESTS,
    rules: { "no-restricted-syntax": ["error", ...ASKS_FOR_A_PLATFORM, ...READS_CONFIG] },
  },
  {
    files: ["infra/*/provider/**/*.ts"],
    ignores: TESTS,
    rules: { "no-restricted-syntax": ["error", ...READS_CONFIG] },
  },
  // Values arrive without a type at the provider's edge, and are decoded there.
  { files: ["**/codec.ts", "**/wire.ts"], rules: { "@typescript-eslint/no-explicit-any": "off" } },
  {
    files: TESTS,
    rules: {
      // Matchers of vitest are typed any.
      "@typescript-eslint/no-unsafe-assignment": "off",
      // Handlers are plain objects without a `this`, and tests take them apart.
      "@typescript-eslint/unbound-method": "off",
    },
  },
);
