/** The clouds that a process uses, each logged in to once. */
import { type Cloud, openCloud, type OpenCloud } from "./cloud/cloud";
import type { Wait } from "../../../provider/wait";

export function openedOnce(wait?: Wait): OpenCloud {
  const opened = new Map<string, Cloud>();
  return (choice) => {
    const key = JSON.stringify([choice.cloud, choice.authUrl, choice.region, choice.project]);
    const known = opened.get(key) ?? openCloud(choice, wait === undefined ? {} : { wait });
    opened.set(key, known);
    return known;
  };
}
