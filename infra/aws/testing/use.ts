/** What platforms are asked, as AWS's own: for tests that call AWS's parts by themselves. */
import type { PlatformUse } from "../../platform";
import { awsPlace, awsWorker, type AwsPlace, type AwsWorker } from "../settings";

export function ownUse(use: PlatformUse): PlatformUse<AwsWorker, AwsPlace> {
  return {
    ...use,
    workers: use.workers.map(({ spec, ...at }) => ({ ...at, spec: awsWorker({}).parse(spec) })),
    places: use.places.map(({ spec, ...at }) => ({ ...at, spec: awsPlace.parse(spec) })),
  };
}
