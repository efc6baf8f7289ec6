import { afterEach, expect, test } from "vitest";
import { Rig } from "./engine-rig";

let rig: Rig | undefined;
afterEach(() => rig?.close());

test("relative-passphrase-file: inner stacks open with it, and lie in the same relative backend", async () => {
  rig = new Rig({
    env: {
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_CONFIG_PASSPHRASE_FILE: "passphrase",
      PULUMI_BACKEND_URL: "file://../state",
    },
    files: { passphrase: "example passphrase" },
    // The engine starts plugins beside the program, not in the project.
    main: "programs/outer/index.ts",
  });
  rig.order("go");
  const config = { folder: rig.orders };
  rig.settings({ a: rig.args({ config, secrets: { token: { t: "very-secret" } } }) });
  const { code, text } = await rig.up();
  expect(text).not.toContain("very-secret");
  expect({ code, outputs: rig.outputs() }).toEqual({
    code: 0,
    outputs: { outputs: { a: { token: { t: "very-secret" }, id: "thing-1" } } },
  });
  expect(rig.innerStacks()).toEqual([]);
});
