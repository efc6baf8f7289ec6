import * as z from "zod";
import { REGISTRIES_D_NAME, type SignaturePolicy } from "../signature-policy";

export const signaturePolicySchema: z.ZodType<SignaturePolicy> = z.object({
  policy: z.string().min(1),
  registriesD: z.record(z.string().regex(REGISTRIES_D_NAME), z.string()),
});
