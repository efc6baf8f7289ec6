/** A Glance: the released services where there is time for them to start, or the one of unit tests with bytes of any size. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { cloudOf, type OpenCloud } from "../../infra/openstack/provider/cloud/cloud";
import { openedOnce } from "../../infra/openstack/provider/clouds";
import { glanceOf } from "../../infra/openstack/provider/cloud/glance";
import { fakeCredentials } from "../../infra/openstack/provider/testing/fake-credentials";
import { fakeGlance, type FakeGlance } from "../../infra/openstack/provider/testing/fake-glance";
import { startOpenstack } from "../../standins/openstack/start";

export const CLOUD = { cloud: "farm" };

export interface GlanceService {
  readonly openCloud: OpenCloud;
  /** Where bytes are put. */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

export async function startReleased(folder: string): Promise<GlanceService> {
  const { cloudsYaml, stop } = await startOpenstack(folder);
  process.env["OS_CLIENT_CONFIG_FILE"] = cloudsYaml;
  const openCloud = openedOnce();
  return { openCloud, address: await glanceOf(openCloud(CLOUD)).address(), stop };
}

export async function startFake(): Promise<GlanceService> {
  const glance = await fakeGlance();
  glance.fault = fakeCredentials().fault;
  const cloud = cloudOf({ ...glance.cloud.access, region: "here" });
  const bodies = takeBodies(glance);
  await new Promise<void>((resolve) => bodies.listen(0, "127.0.0.1", resolve));
  const address = bodies.address();
  if (address === null || typeof address === "string") throw new Error("it listens on no port");
  return {
    openCloud: () => cloud,
    address: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      bodies.closeAllConnections();
      await new Promise((resolve) => bodies.close(resolve));
      await glance.cloud.close();
    },
  };
}

/** The bytes of an image, summed as they come: the fake keeps what it is sent in one text, which has its bounds. */
function takeBodies({ images }: FakeGlance): ReturnType<typeof createServer> {
  return createServer((request, response) => {
    const image = images.get(/^\/v2\/images\/([^/]+)\/file$/.exec(request.url ?? "")?.[1] ?? "");
    if (image?.["status"] !== "queued") {
      response.writeHead(image === undefined ? 404 : 409).end();
      return;
    }
    image["status"] = "saving";
    const sum = createHash("sha512");
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      sum.update(chunk);
      size += chunk.length;
    });
    request.on("end", () => {
      Object.assign(image, { status: "active", size, os_hash_algo: "sha512", os_hash_value: sum.digest("hex") });
      response.writeHead(204).end();
    });
  });
}
