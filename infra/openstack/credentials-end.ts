/** Credentials that end before the run may: an application credential has a date, a token of one's own can't be renewed. */
import { z } from "zod";
import type { Finding } from "../platform";
import type { Cloud } from "./provider/cloud/cloud";
import { ofUser } from "./provider/cloud/credentials";

const DAY_MS = 24 * 60 * 60_000;
/** So long before its end it is said, while there is time. */
const SOON_MS = 14 * DAY_MS;

const credentialSchema = z.object({ application_credential: z.object({ expires_at: z.string().nullish() }) });

/** @param minutes that the run may take at most. @default not known */
export async function credentialsEnd(path: string, cloud: Cloud, minutes = 0, now = Date.now()): Promise<Finding[]> {
  const ends = await endOf(cloud);
  if (ends === undefined || ends - now > Math.max(SOON_MS, minutes * 60_000)) return [];
  const at = new Date(ends).toISOString();
  const remedy =
    "make a new one, and put it into clouds.yaml: openstack application credential create NAME --expiration DATE";
  if (ends - now > minutes * 60_000) {
    const isToken = cloud.access.proof.method === "token";
    return isToken
      ? []
      : [{ path, problem: `the credential of ${cloud.access.from} ends at ${at}`, remedy, note: true }];
  }
  return [
    {
      path,
      problem: `the credential of ${cloud.access.from} ends at ${at}, and the run may take ${minutes} minutes`,
      remedy,
    },
  ];
}

/** Milliseconds since 1970; undefined where it has no end, or the cloud does not tell. */
async function endOf(cloud: Cloud): Promise<number | undefined> {
  const { credential, user, endsAt } = await cloud.token();
  if (cloud.access.proof.method === "token") return endsAt;
  if (credential === undefined) return undefined;
  const url = `${ofUser(cloud, user)}/application_credentials/${encodeURIComponent(credential)}`;
  // Access rules, or a policy, may keep it to themselves.
  const answer = await cloud.ask(url, { accept: [401, 403, 404] });
  if (answer.status !== 200) return undefined;
  const said = credentialSchema.parse(JSON.parse(answer.text)).application_credential.expires_at;
  if (said == null) return undefined;
  // Keystone's times are UTC, and often do not say so.
  const ends = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(said) ? said : `${said}Z`);
  return Number.isNaN(ends) ? undefined : ends;
}
