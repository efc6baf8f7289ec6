/**
 * No image without a boot: every published image has a boot check, an EphemeralStack that runs stacks/boot-check.
 *
 * A check belongs to an image if the job in its config is computed from that image's outputs. That flow of data is the same in
 * a preview, where the outputs themselves are not known, and it can't be had by accident: a `dependsOn`, which only orders,
 * does not count, nor does a name that happens to be equal.
 */
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { factsOf, plain } from "../resource-facts";
import { BOOT_CHECK_PROGRAM, EPHEMERAL_STACK, isOfProgram } from "../resource-types";

/** What the rule looks at. */
export type Inspected = Pick<PolicyResource, "type" | "urn" | "name"> & {
  readonly props: Readonly<Record<string, unknown>>;
  readonly propertyDependencies: Readonly<Record<string, readonly { readonly urn: string }[]>>;
};

export const publishedImagesAreBootChecked: StackValidationPolicy = {
  name: "published-images-are-boot-checked",
  description: "Every published image is booted before its name is put out.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, reportViolation) => {
    for (const image of uncheckedImages(resources)) reportViolation(violation(image.name), image.urn);
  },
};

/** The published images that no boot check takes its inputs from. */
export function uncheckedImages(resources: readonly Inspected[]): Inspected[] {
  const checked = new Set(resources.filter(isBootCheck).flatMap(sourcesOf));
  return resources.filter((resource) => factsOf(resource).image !== undefined && !checked.has(resource.urn));
}

function isBootCheck({ type, props }: Inspected): boolean {
  return type === EPHEMERAL_STACK && isOfProgram(plain(props)["program"], BOOT_CHECK_PROGRAM);
}

function sourcesOf({ propertyDependencies }: Inspected): string[] {
  return (propertyDependencies["config"] ?? []).map((source) => source.urn);
}

function violation(name: string): string {
  return (
    `image "${name}" is published, but nothing boots it: declare a BootCheck (components/boot-check.ts) whose imageId is ` +
    `this image's output, or publish it through components/generation.ts, which does both`
  );
}
