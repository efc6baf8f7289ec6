/** What becomes of an instance that does not come up in time, with the real engine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAwsEmulator, type AwsEmulator } from "../aws-emulator/start";
import { makeProject, type ScratchProject } from "../../standins/testing/scratch-project";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { getAmiOutput, Instance } from "@pulumi/aws/ec2";
const filters = [{ name: "architecture", values: ["x86_64"] }];
const stock = getAmiOutput({ owners: ["125523088429"], mostRecent: true, filters });
const create = new pulumi.Config().require("create");
const slow = new Instance("slow", { ami: stock.id, instanceType: "t3.micro" }, { customTimeouts: { create, update: create } });
export const id = slow.id;
`;

let folder: string;
let emulator: AwsEmulator;
let project: ScratchProject;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aws-plugin-"));
  // About half a minute of the plugin's looks.
  emulator = await startAwsEmulator({ folder, pendingReads: 8 });
  project = makeProject("aws-incomplete", PROGRAM, emulator.environment);
  expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  project.remove();
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function instances(): Promise<{ id: string | undefined; state: string | undefined }[]> {
  const { endpoint, credentials } = emulator;
  const client = new EC2Client({ region: "us-east-1", endpoint, credentials });
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({}));
  return Reservations.flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId, State }) => ({ id: InstanceId, state: State?.Name })),
  );
}

describe("an instance that does not come up in time", () => {
  it("is an error that names it, and stays in the state", async () => {
    const { code, output } = await project.pulumi("up", "--yes", "--skip-preview", "-c", "create=1s");
    expect(code, output).not.toBe(0);
    const [made] = await instances();
    expect(output).toMatch(new RegExp(`waited \\d+ s for instance ${made?.id ?? "?"} to run`));
    const { output: state } = await project.pulumi("stack", "export");
    expect(state).toContain(`"id": "${made?.id ?? "?"}"`);
    expect(state).toContain("initErrors");
  });

  it("is replaced by the next update, as with the official plugin: another is made, and the first ended", async () => {
    const [first] = await instances();
    const { code, output } = await project.pulumi("up", "--yes", "--skip-preview", "-c", "create=5m");
    expect(code, output).toBe(0);
    const all = await instances();
    const kept = (await project.pulumi("stack", "output", "id")).output.trim();
    expect(kept).not.toBe(first?.id);
    expect(all.filter(({ state }) => state !== "terminated")).toEqual([{ id: kept, state: "running" }]);
  });

  it("goes with the stack", async () => {
    const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect((await instances()).filter(({ state }) => state !== "terminated")).toEqual([]);
  });
});
