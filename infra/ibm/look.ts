/** A region as it is: whose account, which of the wanted images are there, and whose they are. */
import type { PlaceView, SeenImage } from "../platform";
import { openClients, type OpenClients } from "./provider/clients";
import { isUsable } from "./provider/image/life";
import { imageNameOf } from "./provider/marks";
import { OWNER_TAG } from "../../provider";
import type { IbmPlace } from "./settings";

export async function ibmLook(
  { region }: Pick<IbmPlace, "region">,
  names: readonly string[],
  open: OpenClients = openClients,
): Promise<PlaceView> {
  const { account, vpc, tagging } = open();
  const wanted = new Map(names.map((name) => [imageNameOf(name), name]));
  const [id, there] = await Promise.all([
    account.id(),
    names.length === 0 ? [] : vpc(region).list("images", { visibility: "private" }),
  ]);
  const images = await Promise.all(
    there.flatMap((image) => {
      const name = wanted.get(image.name);
      if (name === undefined) return [];
      return [tagging.of(image.crn).then((tags): SeenImage => seen(name, image, tags[OWNER_TAG]))];
    }),
  );
  return { identity: `ibm-${id}-${region}`, images };
}

/** It has its name once it is whole, and not before. */
function seen(
  name: string,
  image: { readonly id: string; readonly status: string },
  owner: string | undefined,
): SeenImage {
  return { name, imageId: image.id, ...(owner === undefined ? {} : { owner }), whole: isUsable(image) };
}
