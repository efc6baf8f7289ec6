import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { LedgerEntry } from "../../model/plan";
import { ledger, outputs, unfinished } from "../outputs/testing/farm";
import { htmlPage } from "./html";
import { markdown } from "./markdown";
import { report } from "./report";
import { openBrowser } from "./testing/browser";
import { TOO_FAINT, UNNAMED } from "./testing/looks";
import { farmFacts } from "./testing/facts";

// A phone's page is a dozen screens long, and a picture of it takes a busy machine half a minute.
vi.setConfig({ testTimeout: 60_000 });

/** Stays there for people to look at. */
const FOLDER = path.join(__dirname, "..", "..", ".local", "report-test");
const FILES = { farm: path.join(FOLDER, "report.html"), long: path.join(FOLDER, "long-names.html") };

const facts = { ...farmFacts, outputs: outputs(ledger, { unfinished }) };

/** Names without a place to break them at. */
function longNames(entry: LedgerEntry): LedgerEntry {
  const long = "averylongname".repeat(12);
  const worker = { platform: "libvirt", type: long };
  return {
    ...entry,
    published: Object.fromEntries(Object.entries(entry.published).map(([place, id]) => [place, id + long])),
    disks: Object.fromEntries(Object.entries(entry.disks).map(([key, disk]) => [key, { ...disk, worker }])),
    identity: { ...entry.identity, from: { [`registry.example.org/${long}:42`]: `sha256:${"a".repeat(64)}` } },
    images: entry.images.map((image) => ({
      ...image,
      places: image.places.map((place) => ({ ...place, outputPath: [long, ...place.outputPath] })),
    })),
  };
}

let browser: Browser | undefined;
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  const document = report(facts);
  writeFileSync(FILES.farm, htmlPage(document));
  writeFileSync(path.join(FOLDER, "report.md"), markdown(document));
  const long = { ...facts, stack: "s".repeat(150), outputs: outputs(ledger.map(longNames)) };
  writeFileSync(FILES.long, htmlPage(report(long)));
  browser = await openBrowser();
});
afterAll(() => browser?.close());

const SCREENS = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
  small: { width: 320, height: 568 },
  /** A4 less the margins that browsers leave. */
  paper: { width: 718, height: 1015 },
};

/** Opens a page that may ask for nothing and run nothing. */
async function open(file: string, screen: keyof typeof SCREENS, colorScheme: "light" | "dark" = "light") {
  if (browser === undefined) throw new Error("no browser");
  const context = await browser.newContext({ viewport: SCREENS[screen], colorScheme, javaScriptEnabled: false });
  const page = await context.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => problems.push(message.text()));
  await page.goto(pathToFileURL(file).href, { waitUntil: "networkidle" });
  return { page, requests, problems, close: () => context.close() };
}

/** @returns how many pixels the page is wider than the screen */
async function overflow(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
}

describe.each(["desktop", "phone"] as const)("the report on a %s", (screen) => {
  it.each(["light", "dark"] as const)("asks for nothing, complains of nothing, and fits: %s", async (scheme) => {
    const { page, requests, problems, close } = await open(FILES.farm, screen, scheme);
    expect(requests).toEqual([pathToFileURL(FILES.farm).href]);
    expect(problems).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    const file = path.join(FOLDER, `${screen}-${scheme}.png`);
    await page.screenshot({ path: file, fullPage: true });
    expect(readFileSync(file).length).toBeGreaterThan(100_000);
    expect(await page.evaluate<string[]>(TOO_FAINT)).toEqual([]);
    const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(scheme === "light" ? "rgb(246, 247, 249)" : "rgb(18, 22, 28)");
    await close();
  });

  it("shows what production runs before anybody scrolls", async () => {
    const { page, close } = await open(FILES.farm, screen);
    const card = page.locator(".card.important");
    expect(await card.locator("h2").innerText()).toBe("prod runs");
    expect(await card.locator(".figure").innerText()).toBe("g2");
    const box = await card.boundingBox();
    expect(box && box.y + box.height).toBeLessThan(SCREENS[screen].height);
    await close();
  });

  it("keeps its tables tables, for those who hear them", async () => {
    const { page, close } = await open(FILES.farm, screen);
    const images = page.getByRole("table", { name: "Images by target and architecture" });
    expect(await images.getByRole("columnheader").allInnerTexts()).toEqual([
      "Target, architecture",
      expect.stringMatching(/^g3 devel runs this\s+built 2026-11-17 13:40 UTC$/),
      expect.stringMatching(/^g2 prod runs this\s+built 2026-11-10 04:12 UTC$/),
      expect.stringMatching(/^g1\s+built 2026-11-03 04:11 UTC$/),
    ]);
    const row = images.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "aws / x86_64" }) });
    expect((await row.getByRole("cell").allInnerTexts()).map((text) => text.trim())).toEqual(
      ledger.map(({ published }) => published["aws/us-east-1/x86_64"]),
    );
    expect(await page.getByRole("img", { name: /^ppc64le g3: prepare 48 s, build 16 min 44 s/ }).count()).toBe(1);
    expect(await page.getByRole("img", { name: /^ppc64le g3: to the fastest \d+ s, on to the slowest/ }).count()).toBe(
      1,
    );
    await close();
  });
});

it("is no wider than the window, whatever that is", async () => {
  const { page, close } = await open(FILES.farm, "desktop");
  for (const width of [320, 400, 600, 720, 768, 900, 941, 1024, 1200]) {
    await page.setViewportSize({ width, height: 900 });
    expect([width, await overflow(page)]).toEqual([width, 0]);
  }
  await close();
});

it("has a name for all that can be heard, and its contents lead there", async () => {
  const { page, close } = await open(FILES.farm, "desktop");
  expect(await page.evaluate<string[]>(UNNAMED)).toEqual([]);
  expect(await page.getByRole("navigation").getByRole("link").allInnerTexts()).toContain("What is due");
  await close();
});

it("is printed dark on light, whatever the screen was, with what was folded and without links to itself", async () => {
  const { page, close } = await open(FILES.farm, "paper", "dark");
  const folded = page.locator("details table").first();
  expect(await folded.isVisible()).toBe(false);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  expect(await page.evaluate<string>("getComputedStyle(document.body).color")).toBe("rgb(27, 36, 48)");
  expect(await folded.isVisible()).toBe(true);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await folded.locator("thead").isVisible()).toBe(true);
  await page.screenshot({ path: path.join(FOLDER, "paper.png") });
  expect(await page.getByRole("navigation").isVisible()).toBe(false);
  expect(await page.evaluate<string[]>(TOO_FAINT)).toEqual([]);
  await close();
});

it.each(["desktop", "phone", "small"] as const)("names of any length break, and not the page: %s", async (screen) => {
  const { page, close } = await open(FILES.long, screen);
  await page.screenshot({ path: path.join(FOLDER, `long-names-${screen}.png`), fullPage: true });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await close();
});
