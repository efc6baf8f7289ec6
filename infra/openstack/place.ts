/** A place or a worker as the provider's resources take it: which cloud, and as whom. */
import type { CloudChoice } from "./provider/cloud/access";
import type { OpenstackPlace } from "./settings";

export function choiceOf({
  cloud,
  authUrl,
  region,
  project,
}: Pick<OpenstackPlace, "cloud" | "authUrl" | "region" | "project">): CloudChoice {
  return {
    cloud,
    ...(authUrl === undefined ? {} : { authUrl }),
    ...(region === undefined ? {} : { region }),
    ...(project === undefined ? {} : { project }),
  };
}

/** For people: `osuosl`, `osuosl RegionOne`. */
export function shownPlace({ cloud, region }: CloudChoice): string {
  return region === undefined ? cloud : `${cloud} ${region}`;
}
