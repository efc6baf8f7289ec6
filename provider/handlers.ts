/** Every resource type with its handler, on the real world. */
import { artifactHandler } from "./artifact/handler";
import { ephemeralStackHandler } from "./ephemeral-stack/handler";
import type { ResourceHandler } from "./handler";
import { libvirtImageHandler } from "./libvirt-image/handler";
import { libvirtSweepHandler } from "./libvirt-sweep/handler";
import { loopbackPortHandler } from "./loopback-port/handler";
import { openStore } from "./object-store";
import { run } from "./process";
import { sshKeyHandler } from "./ssh-key/handler";

export function allHandlers(): ReadonlyMap<string, ResourceHandler> {
  return new Map([
    ["builders:index:Artifact", artifactHandler(openStore)],
    ["builders:index:EphemeralStack", ephemeralStackHandler({ run, openStore, now: Date.now })],
    ["builders:index:LibvirtImage", libvirtImageHandler({ run, openStore, now: Date.now })],
    ["builders:index:LibvirtSweep", libvirtSweepHandler({ run })],
    ["builders:index:LoopbackPort", loopbackPortHandler()],
    ["builders:index:SshKey", sshKeyHandler()],
  ]);
}
