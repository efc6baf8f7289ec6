import { existsSync, readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { START_TIMEOUT, makeSnapshot, startForTests } from "./testing/emulator";

describe("the emulator", () => {
  it(
    "answers when it is started, and is gone with its data when it is stopped",
    async () => {
      const emulator = await startForTests();
      const id = await makeSnapshot(emulator.clients());
      const file = emulator.log.replace("emulator.log", `snapshots/${id}.raw`);
      expect(existsSync(file)).toBe(true);
      await emulator.stop();
      expect(existsSync(file)).toBe(false);
      await expect(fetch(emulator.endpoint)).rejects.toThrow();
      await emulator.remove();
    },
    START_TIMEOUT,
  );

  it(
    "gives a child all that it needs, and forgets everything at a reset but the credentials",
    async () => {
      const emulator = await startForTests();
      const code = `
        const { EC2Client, DescribeImagesCommand } = require("@aws-sdk/client-ec2");
        new EC2Client({}).send(new DescribeImagesCommand({ Owners: ["125523088429"] }))
          .then(({ Images }) => console.log(Images.length));`;
      const environment = { ...process.env, ...emulator.environment, AWS_PROFILE: "" };
      expect(execFileSync(process.execPath, ["-e", code], { env: environment, encoding: "utf8" }).trim()).toBe("2");
      await makeSnapshot(emulator.clients());
      await emulator.reset();
      expect(await emulator.stats()).toMatchObject({ snapshots: {}, instances: {}, calls: {} });
      const ec2 = new EC2Client({
        endpoint: emulator.endpoint,
        region: "us-east-1",
        credentials: emulator.credentials,
      });
      expect((await ec2.send(new DescribeImagesCommand({ Owners: ["125523088429"] }))).Images).toHaveLength(2);
      expect(readFileSync(emulator.log, "utf8")).toBe("");
      await emulator.remove();
    },
    START_TIMEOUT,
  );
});
