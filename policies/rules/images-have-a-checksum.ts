/** What is published is what was built. */
import { rule } from "../rule";

const SHA256 = /^[0-9a-f]{64}$/;

export const imagesHaveAChecksum = rule({
  name: "images-have-a-checksum",
  description: "Images carry the sha256 of the disk that was built, and the key of the build.",
  problems: ({ image }) => {
    if (image === undefined) return [];
    const { checksum, build } = image;
    return [
      ...(checksum === undefined || (typeof checksum === "string" && !SHA256.test(checksum))
        ? ["has no sha256 of its disk; take it from the commit record of the build"]
        : []),
      ...(build === undefined || (typeof build === "string" && build !== "elsewhere" && !SHA256.test(build))
        ? ["does not say which build it is from; take the key from the commit record of the build"]
        : []),
    ];
  },
});
