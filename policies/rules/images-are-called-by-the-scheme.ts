/** `copr-builder-ARCH-gN-KEY8`: from its name alone one knows what an image is, which generation, and from which build. */
import { Later } from "../../infra/policy-facts";
import { rule } from "../rule";

const NAME = /^copr-builder-(x86_64|x86-64|aarch64|ppc64le|s390x)-g[1-9]\d*-[0-9a-f]{8}$/;

export const imagesAreCalledByTheScheme = rule({
  name: "images-are-called-by-the-scheme",
  description: "Images are called copr-builder-ARCH-gN-KEY8.",
  problems: ({ image }) => {
    if (image === undefined || image.name instanceof Later || NAME.test(image.name ?? "")) return [];
    const called = image.name === undefined ? "has no name of its own" : `is called ${image.name}`;
    return [`${called}; publish it through components/generation.ts, which gives names`];
  },
});
