import { z } from "zod";
import { hypervisor } from "./hypervisor";

/** A connection URI that leads to a shell. */
export const uriSchema = z.string().superRefine((uri, context) => {
  try {
    hypervisor(uri);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});

export const poolSchema = z.string().regex(/^[^/\s-][^/\s]*$/, "must be the name of a storage pool");

export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "must be a file name of letters, digits, dots and dashes");
