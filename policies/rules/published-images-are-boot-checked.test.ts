import { describe, expect, it } from "vitest";
import { publishedImagesAreBootChecked, uncheckedImages, type Inspected } from "./published-images-are-boot-checked";

function resource(type: string, name: string, rest: Partial<Inspected> = {}): Inspected {
  const urn = `urn:pulumi:dev::copr-builders::${type}::${name}`;
  return { type, name, urn, props: {}, propertyDependencies: {}, ...rest };
}

const image = (name: string) => resource("builders:index:LibvirtImage", name);
const check = (name: string, of: readonly Inspected[], program = "/home/me/copr-builders/stacks/boot-check") =>
  resource("builders:index:EphemeralStack", name, { props: { program }, propertyDependencies: { config: of } });

const one = image("one");
const two = image("two");
const names = (...resources: readonly Inspected[]) => uncheckedImages(resources).map((found) => found.name);

describe("published-images-are-boot-checked", () => {
  it("is content when a boot check takes an input from each image", () => {
    expect(names(one, two, check("a", [one]), check("b", [two]))).toEqual([]);
    expect(names(one, check("a", [resource("x:y:Z", "other"), one], "stacks/boot-check/"))).toEqual([]);
    expect(names()).toEqual([]);
  });

  it("names each image that has none", () => {
    expect(names(one, two)).toEqual(["one", "two"]);
    expect(names(one, two, check("a", [one]))).toEqual(["two"]);
  });

  it("takes no other program, and no other resource, for a boot check", () => {
    expect(names(one, check("a", [one], "/home/me/copr-builders/stacks/worker"))).toEqual(["one"]);
    expect(names(one, check("a", [one], "/home/me/mystacks/boot-check"))).toEqual(["one"]);
    const other = resource("x:y:Z", "a", {
      props: { program: "stacks/boot-check" },
      propertyDependencies: { c: [one] },
    });
    expect(names(one, other)).toEqual(["one"]);
  });

  it("takes no other input than the job for a check, and any image for one", () => {
    const keyed = { ...check("a", []), propertyDependencies: { key: [one] } };
    expect(names(one, keyed)).toEqual(["one"]);
    expect(names(resource("aws:ec2/amiFromInstance:AmiFromInstance", "three"))).toEqual(["three"]);
  });

  it("takes no order for a check: dependsOn alone does not count", () => {
    const ordered = { ...check("a", []), dependencies: [one] };
    expect(names(one, ordered)).toEqual(["one"]);
  });

  it("reports each image by its own URN, and says what to do", async () => {
    const reported: [string, string | undefined][] = [];
    const args = { resources: [one], getConfig: () => ({}), stackTags: new Map(), notApplicable: () => undefined };
    await publishedImagesAreBootChecked.validateStack(args as never, (message, urn) => reported.push([message, urn]));
    expect(reported).toEqual([[expect.stringMatching(/image "one" .* declare a BootCheck/), one.urn]]);
    expect(publishedImagesAreBootChecked.enforcementLevel).toBe("mandatory");
  });
});
