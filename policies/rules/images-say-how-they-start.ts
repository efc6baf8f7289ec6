/** What is left out of an image is guessed by the cloud, or by whoever starts it. */
import { rule } from "../rule";

export const imagesSayHowTheyStart = rule({
  name: "images-say-how-they-start",
  description: "Images say their architecture, how they boot, and what else the platform registers of them.",
  problems: ({ image }) => {
    const missing = Object.entries(image?.says ?? {}).flatMap(([field, value]) =>
      value === undefined || value === "" ? [field] : [],
    );
    return missing.length === 0 ? [] : [`does not say its ${missing.join(", ")}; write it where the image is declared`];
  },
});
