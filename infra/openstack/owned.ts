/** Everything in the projects in use that bears one identity, whether a state knows of it or not. */
import { OWNER_TAG, RESOURCE_TAG } from "../../provider/owner";
import type { OwnedThing, PlatformUse } from "../platform";
import { openHere } from "./look";
import { choiceOf, shownPlace } from "./place";
import type { CloudChoice } from "./provider/cloud/access";
import type { Cloud, OpenCloud } from "./provider/cloud/cloud";
import { type GlanceImage, glanceOf } from "./provider/cloud/glance";
import {
  deleteFloatingIp,
  deletePort,
  floatingIpsBearing,
  portsBearing,
  serversBearing,
  sweep,
} from "./provider/machine/servers";
import { removeImage } from "./provider/image/remove";
import { markOf } from "./provider/marks";
import { buildMarked } from "./provider/upload/marks";
import type { OpenstackPlace, OpenstackWorker } from "./settings";

const IMAGE = "builders:index:GlanceImage";

export const OPENSTACK_OWNED_TYPES: readonly string[] = [IMAGE];

export async function openstackOwned(
  { workers, places }: PlatformUse<OpenstackWorker, OpenstackPlace>,
  identity: string,
  open: OpenCloud = openHere,
): Promise<readonly OwnedThing[]> {
  const choices = new Map([...workers, ...places].map(({ spec }) => [JSON.stringify(choiceOf(spec)), choiceOf(spec)]));
  const protecting = new Set(
    places.filter(({ spec }) => spec.protected).map(({ spec }) => JSON.stringify(choiceOf(spec))),
  );
  const found = await Promise.all(
    [...choices].map(([key, choice]) => inProject(choice, identity, protecting.has(key), open(choice))),
  );
  // Two entries of clouds.yaml may be the same project: each thing once.
  return [...new Map(found.flat().map((thing) => [`${thing.kind} ${thing.id}`, thing])).values()];
}

async function inProject(
  choice: CloudChoice,
  identity: string,
  ourProtection: boolean,
  cloud: Cloud,
): Promise<OwnedThing[]> {
  const where = shownPlace(choice);
  const bearing = { identity };
  const [images, servers, floating, ports] = await Promise.all([
    glanceOf(cloud).list({ [OWNER_TAG]: identity }),
    serversBearing(cloud, bearing),
    floatingIpsBearing(cloud, bearing),
    portsBearing(cloud, bearing),
  ]);
  const machine = { where, owners: {} };
  return [
    ...images.map((image) => ({
      ...imageThing(where, image),
      remove: () =>
        removeImage(glanceOf(cloud), image.id, {
          isOurs: (found) => markOf(found, OWNER_TAG) === identity,
          ourProtection,
        }),
    })),
    ...servers.map(({ id, name, created }) => ({
      ...{ ...machine, kind: "instance", id, name, ...(created === undefined ? {} : { since: created }) },
      remove: () => sweep(cloud, { name, identity }),
    })),
    ...floating.map(({ id, floating_ip_address: name }) => ({
      ...{ ...machine, kind: "floating IP", id, name },
      remove: async () => {
        if (stillThere(await floatingIpsBearing(cloud, bearing), id)) await deleteFloatingIp(cloud, id);
      },
    })),
    ...ports.map(({ id, name }) => ({
      ...{ ...machine, kind: "port", id, name },
      remove: async () => {
        if (stillThere(await portsBearing(cloud, bearing), id)) await deletePort(cloud, id);
      },
    })),
  ];
}

/** Somebody has looked at the list meanwhile: what bears another mark now is left alone. */
function stillThere(found: readonly { readonly id: string }[], id: string): boolean {
  return found.some((one) => one.id === id);
}

function imageThing(where: string, image: GlanceImage): Omit<OwnedThing, "remove"> {
  const { id, name, size, created_at: since } = image;
  const resource = markOf(image, RESOURCE_TAG);
  // That no image was made of yet goes with its build.
  const build = resource === undefined ? undefined : buildMarked(resource);
  return {
    ...{ kind: "image", id, name: name ?? "", where },
    owners: {
      ...{ [IMAGE]: id, "builders:index:GlanceImageName": name ?? "" },
      ...(build === undefined ? {} : { "builders:index:Artifact": build }),
    },
    ...(since === undefined ? {} : { since }),
    ...(size == null ? {} : { bytes: size }),
    ...(resource === undefined ? {} : { resource }),
  };
}
