/** Tags as EC2 gets them: a resource's own, above those that its provider gives to all. */
import { isRecord } from "../../contract/is-record";
import { entry, Later, texts, UNKNOWN, type Facts, type Props } from "../policy-facts";

export function tagsOf(props: Props, provider: Props): NonNullable<Facts["tags"]> {
  const own = texts(props["tags"]);
  const given = texts(entry(parsed(provider["defaultTags"]), "tags"));
  return own instanceof Later || given instanceof Later ? UNKNOWN : { ...given, ...own };
}

/** Inputs of a provider that are no texts come as JSON: so the SDKs hand them to the engine. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    const read: unknown = JSON.parse(value);
    return isRecord(read) ? read : undefined;
  } catch {
    // As good as none: what has no tags of its own is refused for that then.
    return undefined;
  }
}
