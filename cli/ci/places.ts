/** Folders of this checkout that the commands speak of. */
import * as path from "node:path";

/** The Pulumi project, with the settings of its stacks. */
export const PROJECT = path.join(__dirname, "..", "..");
