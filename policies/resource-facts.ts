/** Reads what a resource says through the room that declares its type. */
import type { PolicyProviderResource } from "@pulumi/policy";
import { isRecord } from "../contract/is-record";
import { entry, Later, map, maps, UNKNOWN, type Facts, type Props } from "../infra/policy-facts";
import { platformNamed, platforms } from "../infra/specs";
import type { Named } from "../infra/words";
import { EPHEMERAL_STACK } from "./resource-types";

/** As the engine hands it to a rule. */
export interface Seen {
  readonly type: string;
  readonly props: Props;
  readonly provider?: Pick<PolicyProviderResource, "props"> | undefined;
}

/** A machine that a job of an inner stack names. */
export interface JobWorker {
  readonly room: NonNullable<ReturnType<typeof platformNamed>>;
  readonly spec: Named;
}

const ROOMS = new Map(
  platforms().flatMap((room) =>
    Object.entries({ ...room.policyView.others, ...room.policyView.types }).map(
      ([type, read]) => [type, { read, room }] as const,
    ),
  ),
);

/** Types that the rooms declare. */
export const ROOMS_TYPES: readonly string[] = platforms().flatMap(({ policyView }) => Object.keys(policyView.types));

/** `{}` of a type that no room declares. */
export function factsOf({ type, props, provider }: Seen): Facts {
  return ROOMS.get(type)?.read(plain(props), plain(provider?.props)) ?? {};
}

/** Name of the platform that declares such a type, and the list price of what it keeps of an image, a GiB a month. */
export function keeperOf({ type }: Seen): { readonly platform: string; readonly gibMonthUsd: number | undefined } {
  const room = ROOMS.get(type)?.room;
  return { platform: room?.name ?? type, gibMonthUsd: room?.images?.kept.gibMonthUsd };
}

/** What a build or a boot is asked to do; `{}` where that is not known yet. */
export function jobOf({ type, props }: Seen): Props {
  return type === EPHEMERAL_STACK ? map(entry(plain(props)["config"], "job")) : {};
}

/** Workers of a build: the first, and those that stand in. */
export function workersOf(seen: Seen): readonly JobWorker[] {
  const { worker, spares } = jobOf(seen);
  return [map(worker), ...maps(spares)].flatMap(({ platform, ...rest }) => {
    const room = typeof platform === "string" ? platformNamed(platform) : undefined;
    return room === undefined ? [] : [{ room, spec: { platform: room.name, ...rest } }];
  });
}

/** Proxies of the engine's throw where a value is not known yet; here it is `UNKNOWN`. What is null is not said. */
export function plain(props: unknown): Props {
  if (!isRecord(props)) return {};
  return Object.fromEntries(Object.keys(props).map((key) => [key, known(() => props[key])]));
}

function known(read: () => unknown): unknown {
  try {
    const value = read();
    if (Array.isArray(value)) return Array.from(value.keys(), (index) => known(() => value[index] as unknown));
    return isRecord(value) && !(value instanceof Later) ? plain(value) : (value ?? undefined);
  } catch (error) {
    if (error instanceof Error && /can't be known during preview$/.test(error.message)) return UNKNOWN;
    throw error;
  }
}
