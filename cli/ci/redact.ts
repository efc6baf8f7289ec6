/** A comment is seen by more people than a log, and nothing masks it on its way: what looks like a secret goes first. */

const MASK = "[secret]";
/** Names of environment variables whose values are nobody's business. */
const SECRET_NAME = /TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|(^|_)KEY(_|$)|APIKEY/i;
/** Shorter values (`local`, `true`) say nothing and would blank out ordinary words. */
const SHORTEST_SECRET = 8;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
/** `https://USER:PASSWORD@HOST`, and the queries that sign presigned URLs. */
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi;
const SIGNATURE = /([?&](?:X-Amz-[A-Za-z-]+|Signature|AWSAccessKeyId|sig|token)=)[^&\s"'`]+/gi;

/** Makes a function that blanks out private keys, credentials in URLs, and the values of secret variables in `env`. */
export function makeRedactor(env: Readonly<NodeJS.ProcessEnv>): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value]) => (value !== undefined && SECRET_NAME.test(name) ? [value, ...value.split("\n")] : []))
    .map((value) => value.trim())
    .filter((value) => value.length >= SHORTEST_SECRET)
    // The longest first: one may be part of another.
    .sort((a, b) => b.length - a.length);
  return (text) =>
    secrets
      .reduce((left, secret) => left.replaceAll(secret, () => MASK), text)
      .replace(PRIVATE_KEY, MASK)
      .replace(URL_CREDENTIALS, `$1${MASK}@`)
      .replace(SIGNATURE, `$1${MASK}`);
}
