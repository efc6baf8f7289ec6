/** Keys of the account's own in the emulator, as a company has them. */
import { CreateGrantCommand, CreateKeyCommand } from "@aws-sdk/client-kms";
import type { TestEmulator } from "../../../standins/aws-emulator/testing/emulator";

const ACCOUNT = "arn:aws:iam::123456789012:root";
const SPOT = "arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot";

/**
 * One in each region, which its policy leaves to the account's policies and opens to others; spot instances get by a grant.
 * @param others ARNs
 */
export async function makeKeys(
  emulator: TestEmulator,
  regions: readonly string[],
  others: readonly string[],
): Promise<Record<string, string>> {
  const lets = { Effect: "Allow", Action: "kms:*", Resource: "*" };
  const Statement = [ACCOUNT, ...others].map((AWS) => ({ ...lets, Principal: { AWS } }));
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  const made = regions.map(async (region) => {
    const { kms } = emulator.clients({ region });
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy }));
    const key = KeyMetadata?.Arn ?? "";
    await kms.send(new CreateGrantCommand({ KeyId: key, GranteePrincipal: SPOT, Operations: ["Decrypt"] }));
    return [region, key] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}
