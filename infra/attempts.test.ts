import { expect, test } from "vitest";
import { workerAttempts, workerOfAttempt, type WorkerChoice } from "./attempts";
import { workerSchema } from "./specs";

const libvirt = (vcpus: number) =>
  workerSchema({}).parse({
    ...{ platform: "libvirt", uri: "qemu:///system", pool: "p", base: { volume: "b" }, network: { mode: "user" } },
    vcpus,
  });
const aws = workerSchema({}).parse({
  ...{ platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", subnets: ["subnet-1", "subnet-2"] },
  ...{ ami: { owner: "125523088429", name: "x" }, operatorCidr: "203.0.113.7/32" },
});
const listed: WorkerChoice = { worker: aws, spares: [libvirt(2), libvirt(4)] };

test("people read which worker each attempt has; one alone needs no name", () => {
  expect(workerAttempts({ worker: aws }, 2)).toEqual(["subnet-1, spot", "subnet-2, on demand"]);
  expect(workerAttempts({ worker: libvirt(2) }, 2)).toEqual([]);
  const [first, , third, , fifth] = workerAttempts(listed, 2);
  expect(first).toBe("worker[0]: aws c7i.xlarge spot, subnet-1, spot");
  expect(third).toBe("worker[1]: libvirt 2 vCPU, 4096 MiB");
  expect(fifth).toMatch(/^worker\[2\]: libvirt /);
  expect(workerAttempts(listed, 2)).toHaveLength(6);
});

test("each worker has its own attempts, counted from one", () => {
  const which = [1, 2, 3, 4, 5, 6, 7].map((attempt) => {
    const { index, number } = workerOfAttempt(listed, attempt, 2);
    return [index, number];
  });
  expect(which).toEqual([
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
    // Beyond the last, as somebody may ask by hand.
    [2, 3],
  ]);
  expect(workerOfAttempt(listed, 5, 2).worker).toBe(listed.spares?.[1]);
  expect(workerOfAttempt({ worker: aws }, 2, 2)).toEqual({ worker: aws, index: 0, number: 2 });
});
