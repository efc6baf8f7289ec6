import { expect, it } from "vitest";
import { pinned, type Sources } from "../../model/source";
import { provenanceOrder } from "../../stacks/images/provenance";
import { EPHEMERAL_STACK } from "../resource-types";
import { problems } from "../testing/problems";
import { buildersArePinned } from "./builders-are-pinned";

const HEX = "a".repeat(64);

/** What the rule says of the job of a worker that builds from these: it is told digests, whatever the settings name. */
async function said(base: string, builder: string): Promise<string[]> {
  const digest = `sha256:${HEX}`;
  const sources: Sources = {
    identity: {
      keyVersion: 1,
      source: { kind: "image", reference: base, digest },
      from: {},
      recipe: { builder: { reference: builder, digest }, rootfs: "xfs", args: [] },
    },
    needs: {},
    takes: () => true,
    warnings: [],
  };
  const provenance = await provenanceOrder({
    arch: "x86_64",
    sources,
    project: __dirname,
    identity: "abcdefgh2345",
    startedBy: "me",
  });
  const job = {
    builder: { image: pinned(builder, digest) },
    source: { kind: "image", reference: pinned(base, digest) },
    provenance,
  };
  return problems(buildersArePinned, { type: EPHEMERAL_STACK, props: { config: { job } } });
}

it("names what settings and Containerfiles call by a tag, and the digest to write", async () => {
  expect(await said("quay.io:443/a/base", "ghcr.io/b/builder:latest")).toEqual([
    `the base image quay.io:443/a/base is named by a tag; write quay.io:443/a/base@sha256:${HEX}`,
    `image builder ghcr.io/b/builder:latest is named by a tag; write ghcr.io/b/builder@sha256:${HEX}`,
  ]);
});

it("lets pass what is called by its digest", async () => {
  expect(await said(`quay.io/a/base@sha256:${HEX}`, `ghcr.io/b/builder@sha256:${HEX}`)).toEqual([]);
});

it("lets pass what this machine's own registry calls by a tag", async () => {
  expect(await said("127.0.0.1:5000/a/base:12", "localhost/b/builder:latest")).toEqual([]);
  expect(await said("127.0.0.1.example.org/a/base:12", `localhost/b/builder:latest`)).toHaveLength(1);
});
