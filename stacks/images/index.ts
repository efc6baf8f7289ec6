/** What `pulumi up` runs: a stack builds images, or takes over those that another one has built. */
import * as path from "node:path";
import { readSettings } from "../../components/settings";
import { capabilities } from "../../infra";
import { absolutePaths, startFolder } from "../../provider/relative-paths";
import { buildImages } from "./build";
import { plainly } from "./plainly";
import { promoteImages } from "./promote";

export = () =>
  plainly<object>(() => {
    // The program runs beside this file, not where pulumi was started.
    Object.assign(process.env, absolutePaths(process.env, startFolder()));
    const project = path.join(__dirname, "..", "..");
    const settings = readSettings({ capabilities: capabilities() });
    return settings.mode === "promote" ? promoteImages(settings) : buildImages(settings, project);
  });
