// What the Pulumi SDK loads at every start and programs like ours never use: a compiler and npm's own library, to serialize functions
// for dynamic resources and lambdas. It is half of the time that a program takes to start, and twelve are started for one build:
// here it is loaded when it is first used (docs/decisions/0010).
const Module = require("node:module");
const { sep } = require("node:path");

const LATE = new Set(["typescript", "@npmcli/arborist"]);
const SDK = ["node_modules", "@pulumi", "pulumi", ""].join(sep);

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  if (!LATE.has(request) || !parent?.filename?.includes(SDK)) return load.call(this, request, parent, ...rest);
  // The SDK has a compiler of its own where there is none.
  Module._resolveFilename(request, parent);
  return late(() => load.call(this, request, parent, ...rest));
};

/** Stands for a module of CommonJS until somebody looks into it. */
function late(use) {
  let loaded;
  const module = () => (loaded ??= use());
  return new Proxy(
    {},
    {
      get: (_, name) => {
        // Asked by what compilers add around `import * as`, which else reads it all.
        if (name === "__esModule") return true;
        return name === "default" ? module() : Reflect.get(module(), name);
      },
      set: (_, name, value) => Reflect.set(module(), name, value),
      has: (_, name) => Reflect.has(module(), name),
      ownKeys: () => Reflect.ownKeys(module()),
      getOwnPropertyDescriptor: (_, name) => {
        const found = Reflect.getOwnPropertyDescriptor(module(), name);
        // A proxy may not say of what its target lacks that it can't be changed.
        return found && { ...found, configurable: true };
      },
    },
  );
}
