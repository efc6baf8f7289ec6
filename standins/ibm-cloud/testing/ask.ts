/** Asks VPC of the stand-in's first region, as its account does. */
import type { IbmCloud } from "../start";
import type { Json } from "../world";

export type Ask = (method: string, path: string, body?: object) => Promise<Json>;

export async function askAs({ url, world }: IbmCloud): Promise<Ask> {
  const form = new URLSearchParams({ grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey: world.apiKey });
  const answer = await fetch(`${url}/iam/identity/token`, { method: "POST", body: form });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return async (method, path, body) => {
    const response = await fetch(`${url}/vpc/us-east/v1/${path}?version=2026-01-01&generation=2`, {
      ...{ method, headers: { authorization: `Bearer ${token}` } },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Json;
  };
}
