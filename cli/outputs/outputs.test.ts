import Ajv from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { outputsSchema } from "../../model/outputs/schema";
import { SECRET } from "../../model/settings/secrets";
import { parseOutputs, readRawSettings, readOutputs, type Pulumi } from "./read";
import { devel, ledger, outputs, prod, unfinished } from "./testing/farm";

describe("reading a stack's outputs", () => {
  it("asks pulumi for them", () => {
    const asked: (readonly string[])[] = [];
    const pulumi: Pulumi = (...args) => {
      asked.push(args);
      return JSON.stringify(devel);
    };
    expect(readOutputs(pulumi, "devel")).toEqual(devel);
    expect(asked).toEqual([["stack", "output", "--json", "--stack", "devel"]]);
  });

  it("says what to do where no run has succeeded", () => {
    for (const nothing of [{}, null]) {
      expect(() => parseOutputs(nothing, "new")).toThrow(
        'stack "new" has no outputs yet: no run of it has succeeded; run "pulumi up --stack new" first',
      );
    }
    expect(() => parseOutputs({ images: {}, previousImages: {}, generations: [] }, "new")).toThrow(
      'stack "new" has no generation yet; run "pulumi up --stack new" first',
    );
  });

  it("passes on what pulumi says", () => {
    const pulumi: Pulumi = () => {
      throw new Error("error: no stack named 'prd' found");
    };
    expect(() => readOutputs(pulumi, "prd")).toThrow(
      `the outputs of stack "prd" can't be read: error: no stack named 'prd' found`,
    );
  });

  it("refuses what another program put out, by path", () => {
    expect(() => parseOutputs({ ...devel, images: { aws: { x86_64: 1 } } }, "s")).toThrow(/images\.aws/);
    expect(() => parseOutputs({ ...devel, generations: [{ version: 99 }] }, "s")).toThrow("has version 99");
  });

  it("reads the settings, but no secret", () => {
    const config = { "copr-builders:a": { value: "1", secret: false }, "copr-builders:b": { secret: true } };
    expect(readRawSettings(() => JSON.stringify(config), "s")).toEqual({ a: 1, b: SECRET });
  });
});

describe("the schema of the outputs", () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    z.toJSONSchema(outputsSchema, { io: "output" }),
  );
  const problems = (value: unknown) => (validate(value) ? [] : validate.errors?.map((error) => error.instancePath));

  it("takes the outputs of a stack that builds and of one that promotes", () => {
    expect(problems(devel)).toEqual([]);
    expect(problems(prod)).toEqual([]);
    expect(problems(outputs(ledger.slice(0, 1)))).toEqual([]);
    expect(problems(outputs(ledger, { unfinished }))).toEqual([]);
    expect(problems(outputs(ledger, { unfinished: null }))).toEqual([]);
  });

  it("finds an id that is none, and a generation without its disks", () => {
    expect(problems({ ...devel, images: { aws: { x86_64: 7 } } })).toContain("/images/aws/x86_64");
    const { disks: _, ...half } = devel.generations[0]!;
    expect(problems({ ...devel, generations: [half] })).toContain("/generations/0");
  });
});
