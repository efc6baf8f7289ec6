/** What a build runs is somebody else's code: a plain request from it must not read what the machine was given. */
import { rule } from "../rule";

export const metadataNeedsAToken = rule({
  name: "metadata-needs-a-token",
  description: "Metadata services answer nobody without a token, and no container, or are off.",
  problems: ({ machine }) => [
    ...(machine?.metadata === "open"
      ? ['answers requests for metadata without a token; write metadataOptions: {httpTokens: "required"}']
      : []),
    ...(typeof machine?.metadataHops === "number" && !(machine.metadataHops <= 1)
      ? [`lets its metadata go ${machine.metadataHops} hops, into containers; write httpPutResponseHopLimit: 1`]
      : []),
  ],
});
