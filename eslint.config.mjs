// Type-aware lint, and the import rules of the design. Each rule of ours is proved in eslint.config.test.ts.
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

// --- Who may import whom: stacks -> components -> infra -> the provider's resource classes; the agent stands alone.

/**
 * What of the provider programs may see: the resource classes, the store, its client and its folders, whose things are,
 * what shell scripts need, what can be asked of EC2 and of a hypervisor, and a login by ssh; for tests a fake hypervisor and a fake store.
 */
const PROVIDER_API = [
  "./index.ts",
  "./store.ts",
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
  "./aws-pages.ts",
  "./aws-region.ts",
  "./aws-tags.ts",
  "./aws-things.ts",
  "./ssh-private-key.ts",
  "./ssh-ready/dial.ts",
];
/** What of the agent others may see: what it is asked, what it answers, and how it is started. */
const AGENT_API = ["./spec.ts", "./unit.ts"];
/** The provider writes EBS snapshots as the agent does, by the same writer. */
const AGENT_API_OF_PROVIDER = [...AGENT_API, "./ebs.ts"];

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
const agentApi = (target, except = AGENT_API) =>
  zone(target, "agent", `${target} sees the agent's contract only: import "agent/spec" or "agent/unit".`, except);
/** Tests, and what builds or stands in for things, are nobody's parts. */
const outside = (target) =>
  ["tests", "tools", "policies", "bench"].map((from) => zone(target, from, `${target} must not import ${from}.`));

const ZONES = [
  // The worker program also sends the agent's bundle.
  ...[providerApi("stacks"), agentApi("stacks", [...AGENT_API, "./bundle.ts"]), ...outside("stacks")],
  ...[...upward("components", "stacks"), providerApi("components"), agentApi("components"), ...outside("components")],
  ...[...upward("infra", "components", "stacks"), providerApi("infra"), agentApi("infra"), ...outside("infra")],
  ...[
    ...upward("provider", "infra", "components", "stacks"),
    agentApi("provider", AGENT_API_OF_PROVIDER),
    ...outside("provider"),
  ],
  ...["stacks", "components", "infra", "provider", "policies", "sdks"].map((from) =>
    zone("agent", from, "The agent stands alone: it imports nothing outside agent/."),
  ),
  ...outside("agent"),
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
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".js", ".json"] })] },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: ZONES }],
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
  modules(["agent/**/*.ts"], [NOT_BUILT_IN], ["agent/bundle.ts", ...TESTS]),
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
