export { asBefore } from "./as-before";
export { buildKey, KEY_VERSION, type KeyInputs } from "./build-key";
export { pastDeprecations } from "./deprecation";
export { LedgerError, ledgerEntry, parseLedger, parseUnfinished } from "./ledger";
export { generationId, imageName, outputPath, placeId, shortDigest } from "./names";
export { compareWithReality, formerKey, resourceName, type Reality, type Views } from "./reality";
export {
  behindText,
  bestEffortPlaces,
  downText,
  isPaused,
  pausedPlaces,
  pausedTexts,
  pauseText,
  placeText,
  type Unreached,
} from "./paused";
export { pausedFindings } from "./paused-findings";
export { distinctBuilds, plan, refreshDue, staying, type PlanInputs, type PlanSettings } from "./plan";
export type {
  BuildPlan,
  ContextIdentity,
  DiskFacts,
  FormPlan,
  GenerationPlan,
  Identity,
  ImagePlan,
  LedgerEntry,
  OlderImage,
  PausedPlace,
  Pinned,
  PlaceBehind,
  PlacePlan,
  Plan,
  SourceIdentity,
} from "./types";
export { heldImages, promote, PromotionError, type Promotion, type PromotionInputs } from "./promotion";
export type { Selection } from "./selection";
export { PLAN_VERSION } from "./types";
