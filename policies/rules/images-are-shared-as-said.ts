/** A builder image has what a farm trusts: who else may start it is said in the open, and everybody never is. */
import { rule, TEXTS } from "../rule";

interface Options {
  readonly accounts?: readonly string[];
  readonly public?: boolean;
}

export const imagesAreSharedAsSaid = rule<Options>({
  name: "images-are-shared-as-said",
  description: "Images are not public, and where the stack lists accounts, shared with those alone.",
  options: { accounts: TEXTS, public: { type: "boolean" } },
  problems: ({ sharedWith }, { accounts, public: mayBePublic = false }) => {
    if (typeof sharedWith !== "string") return [];
    if (sharedWith === "all") {
      return mayBePublic ? [] : ["lets everybody start the image; take public: true (or visibility: public) away"];
    }
    const strangers = accounts === undefined ? [] : sharedWith.split(", ").filter((one) => !accounts.includes(one));
    return strangers.map((one) => `lets ${one} start the image; write one of ${accounts?.join(", ") ?? ""}`);
  },
});
