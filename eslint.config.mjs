// Type-aware lint, and the import rules of the design. Each rule of ours is proved in eslint.config.test.ts.
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";
import noCircles from "./toolchain/lint/no-circles.mjs";

// --- Who may import whom: stacks -> components -> infra -> the provider's resource classes; the agent stands alone.

/**
 * What of the provider programs may see: the resource classes, the store, its client and its folders, whose things are,
 * what shell scripts need, what relative paths mean, what can be asked of EC2 and of a hypervisor, and a login by ssh; for tests a fake hypervisor and a fake store.
 */
const PROVIDER_API = [
  "./index.ts",
  "./store.ts",
  "./relative-paths.ts",
  "./object-store.ts",
  "./store-folders.ts",
  "./commit-record.ts",
  "./holds.ts",
  "./owner.ts",
  "./inputs.ts",
  "./shell.ts",
  "./last-lines.ts",
  "./fake-store.ts",
  "./stack-registration/handler.ts",
  "./libvirt-image/pool.ts",
  "./libvirt-image/hypervisor.ts",
  "./libvirt-image/uri.ts",
  "./libvirt-image/testing/hypervisor.ts",
  "./aws-images.ts",
  "./aws-image-name/remove.ts",
  "./aws-keys.ts",
  "./aws-pages.ts",
  "./aws-region.ts",
  "./aws-tags.ts",
  "./aws-things.ts",
  "./ssh-private-key.ts",
  "./ssh-ready/dial.ts",
];
const zone = (target, from, message, except) => ({
  target: `./${target}`,
  from: `./${from}`,
  message,
  ...(except && { except }),
});
const upward = (target, ...above) =>
  above.map((from) =>
    zone(target, from, `${target} must not import ${from}: stacks -> components -> infra -> provider.`),
  );
const providerApi = (target) =>
  zone(
    target,
    "provider",
    `${target} sees the provider's resource classes only: import "provider" or "provider/store".`,
    PROVIDER_API,
  );
/** Tests, and what builds or stands in for things, are nobody's parts. */
const outside = (target) =>
  ["tests", "tools", "policies", "bench"].map((from) => zone(target, from, `${target} must not import ${from}.`));

const ZONES = [
  ...[providerApi("stacks"), ...outside("stacks")],
  ...[...upward("components", "stacks"), providerApi("components"), ...outside("components")],
  ...[...upward("infra", "components", "stacks"), providerApi("infra"), ...outside("infra")],
  ...[...upward("provider", "infra", "components", "stacks"), ...outside("provider")],
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
    sees("agent", target, target === "stacks" ? ["./bundle.ts"] : [], "What crosses to a worker is in contract/."),
  ),
  ...NOT_ON_WORKERS.filter((target) => target !== "infra").map((target) => sees("ebs", target, [], BLOCKS)),
  ...["infra/*.ts", "infra/!(aws)/**"].map((target) => sees("ebs", target, [], BLOCKS)),
  sees("ebs", "infra/aws", ["./index.ts"], BLOCKS),
  sees("ebs", "agent", ["./index.ts", "./testing"], BLOCKS),
];

// --- Which modules may be imported where.

const AWS = {
  regex: "^(@pulumi/aws|@aws-sdk/|@smithy/|aws-sdk)",
  message: "Amazon's modules belong to infra/aws and provider files named for it.",
};
const IBM = {
  regex: "^(ibm-|@ibm-cloud/)",
  message: "IBM's modules belong to infra/ibm and provider files named for it.",
};
const LIBVIRT = {
  regex: "^@pulumi/libvirt",
  message: "libvirt's module belongs to infra/libvirt and provider files named for it.",
};
const OPENSTACK = {
  regex: "^@pulumi/openstack",
  message: "OpenStack's module belongs to infra/openstack and provider files named for it.",
};
const NOT_BUILT_IN = {
  regex: "^(?!node:|\\.)",
  message: "The agent is one file for stock machines: node's own modules only, with the node: prefix.",
};
const CLOUDS = [AWS, IBM, LIBVIRT, OPENSTACK];
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
const except = (cloud) => CLOUDS.filter((other) => other !== cloud);

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
  modules(["stacks/**/*.ts", "components/**/*.ts", "infra/**/*.ts", "provider/**/*.ts", "policies/**/*.ts"], CLOUDS),
  modules(
    ["infra/aws/**/*.ts", "provider/**/*aws*", "provider/**/*aws*/**", "provider/**/*ebs*", "provider/**/*ebs*/**"],
    except(AWS),
  ),
  modules(["provider/**/object-store*"], except(AWS)),
  modules(["infra/ibm/**/*.ts", "provider/**/*ibm*", "provider/**/*ibm*/**"], except(IBM)),
  modules(["infra/libvirt/**/*.ts", "provider/**/libvirt*", "provider/**/libvirt*/**"], except(LIBVIRT)),
  modules(["infra/openstack/**/*.ts", "provider/**/*openstack*", "provider/**/*openstack*/**"], except(OPENSTACK)),
  modules(
    ["agent/**/*.ts", "contract/**/*.ts", "ebs/**/*.ts"],
    [NOT_BUILT_IN],
    ["agent/bundle.ts", "contract/schemas/**", ...TESTS],
  ),
  {
    files: ["stacks/**/*.ts", "components/**/*.ts", "infra/**/*.ts", "policies/**/*.ts"],
    ignores: ["model/settings/**", "stacks/*/settings.ts", ...TESTS],
    rules: { "no-restricted-syntax": ["error", READS_ENV, ...READS_CONFIG] },
  },
  {
    files: ["agent/**/*.ts"],
    // What a command on the worker inherits is no setting.
    ignores: ["agent/machine/processes.ts", ...TESTS],
    rules: { "no-restricted-syntax": ["error", READS_ENV] },
  },
  { files: ["provider/**/*.ts"], rules: { "no-restricted-syntax": ["error", ...READS_CONFIG] } },
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
