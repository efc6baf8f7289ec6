/** A new stack: the first image, from nothing, by a run that is killed while the agent builds, and the next. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { PackageVersion } from "../../../contract/commit-record";
import { domains, domainUuid, objectPath, volumePath, volumes } from "../support/leaks";
import { eventually } from "../support/wait";
import {
  checkout,
  current,
  enter,
  expectNoLeaks,
  generations,
  images,
  kill9,
  POOL,
  sha256,
  STACK,
  workerStack,
} from "./story";

export function firstImage(): void {
  describe("the first image", () => {
    it("is named in the preview before anything starts", async () => {
      const { code, text } = await checkout.pulumi.preview();
      expect(text).toMatch(/g1 is new/);
      expect(text).toMatch(/copr-builder-x86_64-g1-[0-9a-f]{8}/);
      expect(code).toBe(0);
      await expectNoLeaks();
    });

    it("is built on a worker that a killed run leaves: the next takes it up, follows the running build on, and ends it", async () => {
      const killed = checkout.pulumi.startUp();
      const stack = await workerStack();
      expect(stack.length).toBeLessThanOrEqual(100);
      const domain = await eventually(
        "the worker's domain",
        () => domains(checkout).find((name) => name.startsWith(stack)),
        { seconds: 60 },
      );
      const uuid = domainUuid(checkout, domain);
      await eventually(
        "the agent to build",
        () => enter(stack, `grep -q '"step":"build"' /run/copr-builders/${stack.slice(-8)}/events.jsonl && echo yes`),
        // A login is work for an emulated guest, which is to build meanwhile.
        { seconds: 180, everyMs: 5000 },
      );
      await kill9(killed.pid, stack);
      const killedAt = Date.now();
      expect(domainUuid(checkout, domain)).toBe(uuid);
      expect(await checkout.pulumi.stacks()).toContain(stack);

      const again = checkout.pulumi.startUp();
      await eventually("the left-over stack to be taken up", () => /resum/i.exec(again.text()) ?? undefined, {
        seconds: 60,
      });
      expect(domainUuid(checkout, domain)).toBe(uuid);
      const { code, text } = await again.ended;
      expect(text).not.toMatch(/X-Amz-Signature|PRIVATE KEY/);
      expect(code, text).toBe(0);

      const { record } = await current();
      const worked = Object.values(record.seconds).reduce((sum, seconds) => sum + seconds, 0);
      expect(new Date(record.builtAt).getTime() - worked * 1000).toBeLessThan(killedAt);
      await expectNoLeaks();
    });

    it("is the very bytes that were built: raw, sparse, checked", async () => {
      const { name, record } = await current();
      expect(await images()).toBe(name);
      expect(volumes(checkout, POOL)).toEqual([name]);
      const file = volumePath(checkout, POOL, name);
      expect(sha256(file)).toBe(record.disk.sha256);
      const [size, blocks] = execFileSync("stat", ["-c", "%s %b", file], { encoding: "utf8" }).split(" ").map(Number);
      expect(size).toBe(record.disk.sizeBytes);
      expect((blocks ?? 0) * 512).toBeLessThan(record.disk.sizeBytes);
      const object = record.objects["raw.zst"];
      const stored = execFileSync("sh", [
        "-c",
        `zstd -dc '${objectPath(object?.object ?? "")}' | sha256sum`,
      ]).toString();
      expect(stored.slice(0, 64)).toBe(record.disk.sha256);
    });

    it("tells what is installed in it, which nothing but its own package manager knows", async () => {
      const { record } = await current();
      const list = readFileSync(objectPath(record.objects["packages.json"]?.object ?? ""), "utf8");
      const packages = JSON.parse(list) as PackageVersion[];
      expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(["bash", "systemd"]));
      const stored = (format: string): unknown =>
        JSON.parse(readFileSync(objectPath(record.objects[format]?.object ?? ""), "utf8"));
      expect(stored("sbom.spdx.json")).toMatchObject({
        packages: expect.arrayContaining([expect.objectContaining({ name: "systemd" })]),
      });
      expect(stored("provenance.json")).toMatchObject({ subject: [{ digest: { sha256: record.disk.sha256 } }] });
    });

    it("has passed its boots, and the ledger says how long each took", async () => {
      const [entry] = await generations();
      expect(entry?.id).toBe("g1");
      const seconds = Object.values(entry?.bootSeconds ?? {});
      expect(seconds).toHaveLength(1);
      expect(seconds[0]).toHaveLength(3);
      for (const boot of seconds[0] ?? []) expect(boot).toBeGreaterThan(1);
    });

    it("has no key and no URL in clear in the state", async () => {
      const text = await checkout.pulumi.must("stack", "export", "--stack", STACK);
      expect(text).not.toMatch(/PRIVATE KEY|X-Amz-Signature/);
    });
  });
}
