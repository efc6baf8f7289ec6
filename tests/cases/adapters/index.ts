/** One adapter a kind: it does what the case says, and tells what came out otherwise than wanted. */
import type { Run } from "../case";
import { build } from "./build";
import { commentRequests, commentText } from "./comments";
import { context, ignore } from "./contexts";
import { failureEndings } from "./failure-endings";
import { libvirtUris } from "./libvirt-uris";
import { policy } from "./policy";
import { preflight } from "./preflight";
import { progress } from "./progress";
import { references } from "./references";
import { disk, settings } from "./settings";
import { architecture, authFiles, digest, proxy } from "./registries";
import { secure } from "./secure";
import { sshKeys } from "./ssh-keys";
import { store } from "./store";
import { values } from "./values";

export type Adapter = (run: Run) => Promise<string[]>;

export const ADAPTERS: Readonly<Record<string, Adapter | undefined>> = {
  architecture,
  "auth-files": authFiles,
  build,
  "comment-requests": commentRequests,
  "comment-text": commentText,
  context,
  digest,
  disk,
  "failure-endings": failureEndings,
  ignore,
  "libvirt-uris": libvirtUris,
  policy,
  preflight,
  progress,
  proxy,
  references,
  secure,
  settings,
  "ssh-keys": sshKeys,
  store,
  values,
};
