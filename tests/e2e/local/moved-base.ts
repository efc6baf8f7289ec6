/** The image that the Containerfile builds on is pushed anew under the same tag. */
import { describe, expect, it } from "vitest";
import { REGISTRY_ADDRESS } from "../../../cli/local/places";
import { checkout } from "./story";

const MANIFEST = `http://${REGISTRY_ADDRESS}/v2/debian-bootable/manifests/12`;
const TYPE = "application/vnd.oci.image.manifest.v1+json";

async function pushed(body: string): Promise<string> {
  const response = await fetch(MANIFEST, { method: "PUT", headers: { "content-type": TYPE }, body });
  expect(response.status).toBe(201);
  return response.headers.get("docker-content-digest") ?? "";
}

export function movedBase(): void {
  describe("a base image pushed anew under its tag", () => {
    it("plans a generation, and the preview names both digests; put back, it plans nothing", async () => {
      const before = await fetch(MANIFEST, { headers: { accept: TYPE } });
      const old = before.headers.get("docker-content-digest") ?? "";
      const text = await before.text();
      const annotations = { "org.opencontainers.image.created": new Date().toISOString() };
      try {
        const moved = await pushed(JSON.stringify({ ...(JSON.parse(text) as object), annotations }));
        const preview = await checkout.pulumi.preview();
        expect(preview).toMatchObject({ code: 0 });
        const [from, to] = [old, moved].map((digest) => digest.slice(0, "sha256:".length + 12));
        expect(preview.text).toContain(
          `g2 is new: FROM ${REGISTRY_ADDRESS}/debian-bootable:12 moved from ${from}… to ${to}…`,
        );
        expect(preview.text).toMatch(/\+ copr-builder-x86_64-g2-[0-9a-f]{8}: hypervisor\/local/);
      } finally {
        expect(await pushed(text)).toBe(old);
      }
      const preview = await checkout.pulumi.preview();
      expect(preview.text).toContain("g1 stands: nothing it is made from has changed");
      expect(preview.text).not.toMatch(/to create|to delete|to replace/);
    });
  });
}
