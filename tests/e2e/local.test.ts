/**
 * The main job as its users live it, on real parts: an image built on a temporary worker, published, booted; nothing
 * changed; a changed file; runs killed at the worst moments; production and the way back; a build that fails. One story:
 * each chapter stands on the ones before it.
 */
import { afterAll, beforeAll } from "vitest";
import { failingBuild } from "./local/failing-build";
import { firstImage } from "./local/first-image";
import { killedAfterUpload } from "./local/killed-after-upload";
import { killedWhileBuilding } from "./local/killed-while-building";
import { mistakes } from "./local/mistakes";
import { movedBase } from "./local/moved-base";
import { productionGoesOn, productionTakesTheFirst } from "./local/production";
import { closeStory, openStory } from "./local/story";
import { unchanged } from "./local/unchanged";

beforeAll(openStory);
afterAll(closeStory);

firstImage();
unchanged();
movedBase();
killedWhileBuilding();
productionTakesTheFirst();
killedAfterUpload();
productionGoesOn();
failingBuild();
mistakes();
