/**
 * The main job as its users live it, on real parts: an image built on a temporary worker by a run that is
 * killed and the next, published, booted; nothing changed; a changed file, and a run killed at another bad moment; production
 * and the way back; a build that fails. One story: each chapter stands on the ones before it.
 */
import { afterAll, beforeAll } from "vitest";
import { failingBuild } from "./local/failing-build";
import { firstImage } from "./local/first-image";
import { killedAfterUpload } from "./local/killed-after-upload";
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
productionTakesTheFirst();
killedAfterUpload();
productionGoesOn();
failingBuild();
mistakes();
