/** Hundreds of things in a cloud that look like a stack's own, and are somebody else's. */
import { OWNER_TAG, RESOURCE_TAG, type Owner } from "../../../provider/owner";
import type { StoredDisk } from "../../../infra/openstack/provider/testing/stored-disk";
import { lookAlikes, type Own } from "../../ownership/support/look-alikes";

/** What a neighbour must know of a stack to be called and marked like it. */
export interface Copied {
  readonly own: Own;
  readonly owner: Owner;
  /** Name of a machine of the stack. */
  readonly machine: string;
  readonly disk: StoredDisk;
}

export type Thing = Record<string, unknown>;
type Kind = "images" | "servers" | "ports" | "floatingips";

const OURS = "p";
const THEIRS = "another project";

/** By kind, each with an id that no other has. */
export function neighboursOf(copied: Copied): Readonly<Record<Kind, readonly Thing[]>> {
  const names = lookAlikes(copied.own);
  const numbered = (kind: Kind, things: readonly Thing[]): Thing[] =>
    things.map((thing, index) => ({ id: `their-${kind}-${index}`, ...thing }));
  return {
    images: numbered("images", images(copied, names)),
    servers: numbered("servers", servers(copied, names)),
    ports: numbered(
      "ports",
      described(copied, names).map((thing) => ({ name: copied.machine, ...thing })),
    ),
    floatingips: numbered(
      "floatingips",
      described(copied, names).map((thing, index) => ({ floating_ip_address: `198.51.100.${index % 250}`, ...thing })),
    ),
  };
}

/** Whole ones of the same disk, so that any of them would do for what is wanted. */
function images({ own, owner, disk }: Copied, names: readonly string[]): Thing[] {
  const whole = {
    ...{ status: "active", protected: false, visibility: "private", size: disk.bytes.length },
    ...{ os_hash_algo: "sha512", os_hash_value: disk.sha512, "copr-builders-sum": disk.sha512 },
    "copr-builders-disk-sha256": disk.sha256,
  };
  const marks = { [OWNER_TAG]: owner.identity, [RESOURCE_TAG]: owner.resource };
  return names.flatMap((like, index) => [
    // In the same project: the name, a mark, or both are almost ours.
    { ...whole, name: like, owner: OURS, ...marks, [OWNER_TAG]: like },
    { ...whole, name: like, owner: OURS, [RESOURCE_TAG]: owner.resource, tags: [owner.identity, like] },
    { ...whole, name: own.image, owner: OURS, ...marks, [OWNER_TAG]: like, status: index % 2 ? "queued" : "active" },
    // Of another project, which has seen ours and copied all of it.
    { ...whole, name: own.image, owner: THEIRS, visibility: index % 2 ? "public" : "shared", ...marks },
    { ...whole, name: "stock", owner: THEIRS, visibility: "shared", status: "deactivated", ...marks },
  ]);
}

function servers({ owner, machine }: Copied, names: readonly string[]): Thing[] {
  const ours = { [OWNER_TAG]: owner.identity };
  return names.flatMap((like) => [
    { name: like, status: "ACTIVE", tenant_id: OURS, metadata: { [OWNER_TAG]: like } },
    { name: machine, status: "ACTIVE", tenant_id: OURS, metadata: { [OWNER_TAG]: like, owner: owner.identity } },
    { name: machine, status: "ERROR", tenant_id: THEIRS, metadata: ours },
  ]);
}

/** Ports and floating IPs say in words whose they are. */
function described({ owner: { identity }, machine }: Copied, names: readonly string[]): Thing[] {
  const words = `copr-builders ${identity} ${machine}`;
  return names.flatMap((like) => [
    { project_id: OURS, description: `copr-builders ${like} ${machine}` },
    { project_id: OURS, description: `copr-builders ${identity}` },
    { project_id: OURS, description: ` ${words}` },
    { project_id: OURS, description: `${like} ${words}` },
    { project_id: OURS, description: null },
    { project_id: THEIRS, description: words },
    // As a cloud from before 2016 has it.
    { tenant_id: THEIRS, description: words },
  ]);
}
