import type { Grant } from "../../contract/grants";
import { isHttpUrl } from "../../contract/http-url";
import type { SupplyKind } from "./supplies";

/** What HTTP takes, and curl's configuration: nothing that begins another line. */
const HEADER = /^[A-Za-z0-9-]+$/;
const VALUE = /^[ -~]*$/;

/** What the body of this name is put with. */
export function grantsOf(name: string): SupplyKind<Grant> {
  return {
    name: `grant-${name}`,
    what: `grants for ${name}`,
    form: "id, urls, headers and expiresAt",
    id: ({ id }) => id,
    expiresAt: ({ expiresAt }) => expiresAt,
    parse: ({ id, urls, headers = {}, expiresAt }) => {
      if (typeof id !== "string" || id === "" || !Array.isArray(urls) || urls.length === 0) return undefined;
      if (!urls.every(isHttpUrl)) return undefined;
      if (typeof headers !== "object" || headers === null) return undefined;
      const lines = Object.entries(headers);
      const areGood = lines.every(
        (line): line is [string, string] => HEADER.test(line[0]) && typeof line[1] === "string" && VALUE.test(line[1]),
      );
      if (!areGood || (expiresAt !== undefined && typeof expiresAt !== "string")) return undefined;
      return { id, urls, headers: Object.fromEntries(lines), ...(expiresAt !== undefined && { expiresAt }) };
    },
  };
}
