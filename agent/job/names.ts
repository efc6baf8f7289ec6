/** What a build leaves on a machine, by name: a later run finds it again, and `clean` removes it. */
import { CONTAINERS, machinePath } from "../machine/paths";
import type { Machine } from "../machine/machine";
import type { AgentSpec } from "../../contract/agent-spec";

/** First 8 digits of a build key: what names are made of. */
const shortKey = (spec: AgentSpec): string => spec.key.slice(0, 8);
export const imageTag = (spec: AgentSpec): string => `localhost/copr-builder:${shortKey(spec)}`;
export const sourceTag = (spec: AgentSpec): string => `localhost/copr-builder:${shortKey(spec)}-source`;
export const diskContainer = (spec: AgentSpec): string => `copr-builder-disk-${shortKey(spec)}`;
export const packagesContainer = (spec: AgentSpec): string => `copr-builder-packages-${shortKey(spec)}`;

export const workPath = (machine: Machine, spec: AgentSpec): string =>
  machinePath(machine, `${CONTAINERS}/copr-builders/${spec.key}`);
