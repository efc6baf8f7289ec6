/** `copr-builder-ARCH-gN-KEY8`: from its name alone one knows what an image is, which generation, and from which build. */
import { rule } from "../rule";

const NAME = /^copr-builder-(x86_64|x86-64|aarch64|ppc64le|s390x)-g[1-9]\d*-[0-9a-f]{8}\b/;

export const imagesAreCalledByTheScheme = rule({
  name: "images-are-called-by-the-scheme",
  description: "Images are called copr-builder-ARCH-gN-KEY8.",
  problems: ({ image }) =>
    typeof image?.name === "string" && !NAME.test(image.name)
      ? [`is called ${image.name}; publish it through components/generation.ts, which gives names`]
      : [],
});
