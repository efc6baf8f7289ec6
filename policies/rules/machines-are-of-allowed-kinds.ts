/** Somebody pays for them: which types, where, and how large. */
import { Later, type Said } from "../../infra/policy-facts";
import { rule, TEXTS } from "../rule";

interface Options {
  readonly types?: readonly string[];
  readonly places?: readonly string[];
  readonly mostVcpus?: number;
  readonly mostMemoryMib?: number;
  readonly mostVolumeGib?: number;
}

export const machinesAreOfAllowedKinds = rule<Options>({
  name: "machines-are-of-allowed-kinds",
  description:
    "Temporary machines are of the types and sizes that the stack allows, where it allows them. Left out: any.",
  options: {
    types: TEXTS,
    places: TEXTS,
    mostVcpus: { type: "number" },
    mostMemoryMib: { type: "number" },
    mostVolumeGib: { type: "number" },
  },
  problems: ({ machine, volumes = [] }, { types, places, mostVcpus, mostMemoryMib, mostVolumeGib }) => [
    ...(machine !== undefined && "type" in machine ? oneOf("type", "is of type", machine.type, types) : []),
    ...(machine !== undefined && "place" in machine ? oneOf("place", "is in", machine.place, places) : []),
    ...atMost("vCPUs", machine?.vcpus, mostVcpus),
    ...atMost("MiB of memory", machine?.memoryMib, mostMemoryMib),
    ...volumes.flatMap(({ name, gib }) => atMost(`GiB of volume ${name}`, gib, mostVolumeGib)),
  ],
});

function oneOf(field: string, what: string, value: Said<string>, allowed: readonly string[] | undefined): string[] {
  if (allowed === undefined || value instanceof Later) return [];
  const instead = `write one of ${allowed.join(", ")}`;
  if (value === undefined) return [`does not say its ${field}; ${instead}`];
  return allowed.includes(value) ? [] : [`${what} ${value}; ${instead}`];
}

function atMost(what: string, value: unknown, most: number | undefined): string[] {
  // Not `value > most`: a number that can't be read is above none.
  if (most === undefined || typeof value !== "number" || value <= most) return [];
  return [`has ${value} ${what}; write ${most} at most`];
}
