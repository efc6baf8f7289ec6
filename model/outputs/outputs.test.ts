import { describe, expect, it } from "vitest";
import { identity, settings, succeeded } from "../plan/fixtures";
import { plan } from "../plan/plan";
import { imagePaths, imagesOutput } from "./index";

const everywhere = settings({
  x86_64: ["aws", "hypervisor"],
  aarch64: ["aws"],
  ppc64le: ["hypervisor", "osuosl"],
  s390x: ["ibm_cloud"],
});
const [generation] = plan({ settings: everywhere, identity, ledger: [], now: new Date() }).generations;
const entry = succeeded(generation!, "2025-06-17T09:30:12Z");

describe("the output images", () => {
  it("has the shape of copr_builder_images", () => {
    const name = (arch: string) => entry.images.find((image) => image.arch === arch)!.name;
    const at = (arch: string, place: string) => `${name(arch)}@${place}`;
    expect(imagesOutput(entry)).toEqual({
      aws: { aarch64: at("aarch64", "aws/us-east-1/aarch64"), x86_64: at("x86_64", "aws/us-east-1/x86_64") },
      hypervisor: { ppc64le: name("ppc64le"), x86_64: name("x86_64") },
      ibm_cloud: {
        br_sao: { s390x: at("s390x", "ibm_cloud/br-sao/s390x") },
        eu_es: { s390x: at("s390x", "ibm_cloud/eu-es/s390x") },
      },
      osuosl: { ppc64le: at("ppc64le", "osuosl/osuosl/ppc64le") },
    });
  });

  it("is empty where there is no generation", () => expect(imagesOutput(undefined)).toEqual({}));

  it("is never half a generation", () => {
    const { "hypervisor/vmhost-02": _, ...published } = entry.published;
    expect(() => imagesOutput({ ...entry, published })).toThrow("g1 has no image in hypervisor/vmhost-02");
  });

  it("refuses two ids for one place", () => {
    const published = { ...entry.published, "hypervisor/vmhost-02": "another" };
    expect(() => imagesOutput({ ...entry, published })).toThrow(
      /^two images want the same place in the outputs, images\.hypervisor\.x86_64: "copr-builder-x86_64-g1-.{8}" and "another"$/,
    );
  });
});

it("imagePaths says where there are images, each place once", () => {
  const clouds = ["aws.aarch64", "aws.x86_64", "ibm_cloud.br_sao.s390x", "ibm_cloud.eu_es.s390x"];
  expect(imagePaths(entry)).toEqual([
    ...clouds.slice(0, 2),
    "hypervisor.ppc64le",
    "hypervisor.x86_64",
    ...clouds.slice(2),
    "osuosl.ppc64le",
  ]);
  expect(imagePaths(undefined)).toEqual([]);
});
