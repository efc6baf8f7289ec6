/** A private key that the settings name, read from its file. */
import { messageOf } from "../contract/message-of";
import { readFile } from "node:fs/promises";
import { PrivateKeyError, readPrivateKey } from "../provider/ssh-private-key";

/** What is wrong with the file, and what to do. */
export interface KeyProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** The key in the one form that all which dials reads, whatever the file has. */
export async function readPrivateKeyFile(file: string): Promise<string | KeyProblem> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const remedy = "name the file of a private ssh key that logs in there";
    return { problem: `${file} can't be read: ${messageOf(error)}`, remedy };
  }
  try {
    return await readPrivateKey(text);
  } catch (error) {
    if (!(error instanceof PrivateKeyError)) throw error;
    return { problem: `${file} ${error.problem}`, remedy: error.remedy };
  }
}
