/** What `pulumi up` runs: a stack builds images, or takes over those that another one has built. */
import * as path from "node:path";
import { readPathsAsPulumiDoes, readSettings } from "../../model/settings";
import { buildImages } from "./build";
import { plainly } from "../plainly";
import { promoteImages } from "./promote";

export = () =>
  plainly<object>(() => {
    readPathsAsPulumiDoes();
    const project = path.join(__dirname, "..", "..");
    const settings = readSettings();
    return settings.mode === "promote" ? promoteImages(settings) : buildImages(settings, project);
  });
