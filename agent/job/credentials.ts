import type { BlockCredentials } from "../../ebs";
import type { SupplyKind } from "./supplies";

/** What blocks of snapshots are put with, in all regions. */
export const AWS_CREDENTIALS: SupplyKind<BlockCredentials> = {
  name: "credentials",
  what: "AWS credentials",
  form: "accessKeyId, secretAccessKey, sessionToken and expiresAt",
  id: ({ accessKeyId }) => accessKeyId,
  expiresAt: ({ expiresAt }) => expiresAt,
  parse: ({ accessKeyId, secretAccessKey, sessionToken, expiresAt }) => {
    if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") return undefined;
    if (sessionToken !== undefined && typeof sessionToken !== "string") return undefined;
    if (expiresAt !== undefined && typeof expiresAt !== "string") return undefined;
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      ...(expiresAt !== undefined && { expiresAt }),
    };
  },
};
