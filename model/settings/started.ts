/** The environment as pulumi itself reads it, for a program that runs in a folder of its own. */
import { absolutePaths, startFolder } from "../../provider/relative-paths";

/** To be called before anything reads the environment, the SDKs of clouds too. */
export function readPathsAsPulumiDoes(): void {
  Object.assign(process.env, absolutePaths(process.env, startFolder()));
}
