export { configFormat } from "./disk-config";
export { workerAuthorities } from "./authorities";
export { checkArchitectures } from "./architectures";
export { checkSignatures } from "./signature-search";
export { ContainerfileError, imageReferences } from "./containerfile";
export { commitOf } from "./commit";
export { contextFiles, digestContext, type ContextDigest, type ContextFile } from "./context";
export { forgetDigests } from "./digest-cache";
export { identify, resolveDigests, type IdentitySettings, type Sources } from "./identity";
export { pulledBy, workerLogins } from "./logins";
export {
  CONTEXT_CHANGED,
  ContextChangedError,
  packContext,
  type ExpectedContext,
  type ExpectedFolder,
  type PackedContext,
} from "./pack";
export { elsewhere } from "./prefix";
export { parseReference, pinned, type ImageReference } from "./reference";
export { registryClient, RegistryError, type Registry, type RegistryOptions } from "./registry";
