/** Outputs as plain values, for the few things that decide what a program declares. */
import type * as pulumi from "@pulumi/pulumi";

/** @returns undefined where the value is not known before an update, as in the preview of a stack's first run */
export async function known<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  // Public in the SDK's code, left out of its types: whether `apply` would ever call its function.
  const { isKnown } = output as unknown as { readonly isKnown: Promise<boolean> };
  if (!(await isKnown)) return undefined;
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}
