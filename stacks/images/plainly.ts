/** What a person got wrong is said plainly: its message alone, without the stack trace that helps with our own faults. */
import * as pulumi from "@pulumi/pulumi";
import { LedgerError, PromotionError } from "../../model/plan";
import { PreflightError } from "../../components/preflight";
import { SettingsError } from "../../model/settings";
import { ContainerfileError, RegistryError } from "../../model/source";

const THEIRS = [SettingsError, LedgerError, PromotionError, PreflightError, ContainerfileError, RegistryError];

export async function plainly<T>(program: () => Promise<T>): Promise<T> {
  try {
    return await program();
  } catch (error) {
    const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    if (!errors.every((one) => THEIRS.some((theirs) => one instanceof theirs))) throw error;
    const plain = new pulumi.RunError((error as Error).message);
    // Nobody is shown the stack of a RunError, but Pulumi colours it all the same (3.246, cmd/run/error.js), and over a line
    // with "node_modules" node 20 then loops until its memory is full: ten seconds before anybody reads the message.
    plain.stack = "";
    throw plain;
  }
}
