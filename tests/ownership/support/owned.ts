/** What the state has lost, and `npm run owned`, which finds it. */
import type { Stack } from "./stack";

/** Types of the resources that published images depend on, and that would delete them. */
const IMAGES: readonly string[] = [
  "builders:index:AwsImageName",
  "builders:index:LibvirtImageName",
  "builders:index:IbmImage",
];

/** Takes every published image, or those of one region, and what depends on them out of the state. */
export async function forgetImages(stack: Stack, region = ""): Promise<void> {
  const anImage = async (): Promise<string | undefined> =>
    (await stack.pulumi.resources()).find(({ type, urn }) => IMAGES.includes(type) && urn.includes(region))?.urn;
  for (let urn = await anImage(); urn !== undefined; urn = await anImage())
    await stack.pulumi.must("state", "delete", urn, "--target-dependents", "--force", "--yes", "--stack", stack.name);
}

export async function owned(stack: Stack, ...flags: string[]): Promise<{ code: number | null; text: string }> {
  const { code, text } = await stack.pulumi.start("npm", [
    ...["run", "--silent", "owned", "--", "--stack", stack.name],
    ...flags,
  ]).ended;
  return { code, text };
}
