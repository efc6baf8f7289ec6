/** Tags that everything here bears from its creation on: whoever finds it knows whose it is, and permissions rest on them. */

/** Holds the name of the stack; the generated policy lets this program touch only what bears it. */
export const STACK_TAG = "copr-builders-stack";

/** @param more tags of the settings; ours win, since what we may delete depends on them */
export function ownTags(
  stack: string,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { ...more, Name: name, [STACK_TAG]: stack };
}
