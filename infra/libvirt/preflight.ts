/** Everything that a hypervisor lacks for this use, found before anything starts. */
import { messageOf } from "../../contract/message-of";
import type { Finding, PlatformUse } from "../platform";
import { agentProblem, refusedRemedy } from "../../provider/ssh-client/agent";
import type { Arch } from "../words";
import type { LibvirtPlace, LibvirtWorker } from "./settings";
import { askVirsh, checkFirmware, domainType, run as runCommand, type Run } from "./api";
import { imagePoolFindings, type ImagePool } from "./preflight-pool";
import { missedByPlugin } from "./ssh-config";
import { parseLibvirtUri } from "./provider/image/uri";
import { NETWORK_REMEDY, networkProblem, type LibvirtNetwork } from "./settings";

interface Need {
  readonly path: string;
  readonly uri: string;
  readonly arch: Arch;
  readonly network: { readonly path: string; readonly is: LibvirtNetwork };
  readonly pools: readonly { readonly path: string; readonly pool: string }[];
  /** Where images are published. */
  readonly images?: ImagePool;
  readonly volume?: { readonly path: string; readonly pool: string; readonly volume: string };
}

export async function libvirtPreflight(
  use: PlatformUse<LibvirtWorker, LibvirtPlace>,
  run: Run = runCommand,
): Promise<Finding[]> {
  const all = needs(use);
  const checked = await Promise.all(all.map(async (need) => ({ need, ...(await check(need, run)) })));
  const pools = checked.flatMap(({ need: { images }, answers }) => (answers && images !== undefined ? [images] : []));
  return [
    ...all.flatMap(networkFindings),
    ...checked.flatMap(({ findings }) => findings),
    ...(await imagePoolFindings(pools, use.keepGenerations, run)),
  ];
}

function needs(use: PlatformUse<LibvirtWorker, LibvirtPlace>): Need[] {
  const workers = use.workers.flatMap(({ path, arch, spec }): Need[] => {
    const basePool = spec.base.pool ?? spec.pool;
    return [
      {
        path,
        uri: spec.uri,
        arch,
        network: { path: `${path}.network`, is: spec.network },
        pools: [{ path: `${path}.pool`, pool: spec.pool }],
        volume: { path: `${path}.base.volume`, pool: basePool, volume: spec.base.volume },
      },
    ];
  });
  const places = use.places.map(({ path, arch, spec }): Need => {
    const { uri, pool } = spec;
    const network = { path: `${path}.boot.network`, is: spec.boot.network };
    return { path, uri, arch, network, pools: [], images: { path: `${path}.pool`, uri, pool, arch } };
  });
  return [...workers, ...places];
}

function networkFindings({ uri, network: { path, is } }: Need): Finding[] {
  const problem = networkProblem(is, uri);
  return problem === undefined ? [] : [{ path, problem, remedy: NETWORK_REMEDY }];
}

interface Checked {
  readonly findings: readonly Finding[];
  /** Nothing else can be known of a hypervisor that does not answer. */
  readonly answers: boolean;
}

async function check(need: Need, run: Run): Promise<Checked> {
  const { uri } = need;
  const problem = async (path: string, remedy: string, ask: () => Promise<unknown>): Promise<Finding[]> => {
    try {
      await ask();
      return [];
    } catch (error) {
      return [{ path, problem: messageOf(error), remedy }];
    }
  };
  const path = `${need.path}.uri`;
  const byAgent = parseLibvirtUri(uri).auth === "agent";
  const lacks = byAgent ? await agentProblem(undefined) : undefined;
  if (lacks !== undefined) return { findings: [{ path, ...lacks }], answers: false };
  const reached = await problem(
    path,
    `try "virsh -c '${uri}' capabilities"; check that libvirtd runs there and that you may use it` +
      (byAgent ? `; if it is the login that fails, ${await refusedRemedy(undefined)}` : ""),
    async () => checkFirmware(uri, need.arch, await domainType(uri, need.arch, run), run),
  );
  if (reached.length > 0) return { findings: reached, answers: false };
  const missed = await missedByPlugin(uri, run);
  const ssh = Promise.resolve(missed === undefined ? [] : [{ path, ...missed }]);
  const pools = need.pools.map(({ path, pool }) =>
    problem(path, `define and start the pool, or name one of "virsh -c '${uri}' pool-list"`, () =>
      askVirsh(uri, ["pool-info", pool], run),
    ),
  );
  const { volume } = need;
  const base = volume
    ? problem(
        volume.path,
        `put the stock image there: "virsh -c '${uri}' vol-list ${volume.pool}" shows what there is`,
        () => askVirsh(uri, ["vol-info", "--pool", volume.pool, volume.volume], run),
      )
    : Promise.resolve([]);
  return { findings: (await Promise.all([ssh, ...pools, base])).flat(), answers: true };
}
