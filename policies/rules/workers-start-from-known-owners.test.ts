import { expect, it } from "vitest";
import { EPHEMERAL_STACK } from "../resource-types";
import { problems } from "../testing/problems";
import { workersStartFromKnownOwners } from "./workers-start-from-known-owners";

const said = (name: string | undefined) => {
  const worker = {
    platform: "aws",
    region: "us-east-1",
    instanceType: "c7i.xlarge",
    ami: { owner: "125523088429", name },
  };
  return problems(workersStartFromKnownOwners, { type: EPHEMERAL_STACK, props: { config: { job: { worker } } } });
};

it("knows an image of ours by whatever stands for its name", async () => {
  for (const name of [
    "copr-builder-x86_64-g1-48c53dea",
    "copr-*",
    "copr*g1*",
    "?opr-builder-*",
    "*copr-builder-*",
    "images/copr-builder-x86_64-g1-48c53dea",
  ])
    expect(await said(name), name).toEqual([expect.stringContaining(`starts from ${name}, an image of our own`)]);
});

it("lets pass what a distribution's image is called", async () => {
  for (const name of ["Fedora-Cloud-*", "centos-stream-9*", "debian-12-*", "copr", "*-fedora-44", "*"])
    expect(await said(name), name).toEqual([]);
});

it("leaves what a preview does not know to the update", async () => {
  expect(await said(undefined)).toEqual([]);
});
