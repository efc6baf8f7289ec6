/** What of a page can't be told from its ground well enough, and what has no name for those who hear it: run in the page. */

/**
 * Every text against the ground that it stands on, and every bar. WCAG 2.2, 1.4.3 and 1.4.11: 4.5, and 3 for large text and for what is
 * no text. @returns a line each
 */
export const TOO_FAINT = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const found = new Set();
  const check = (color, element, least, what) => {
    const [one, other] = [luminance(color), luminance(ground(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < least) found.add(what + ": " + ratio.toFixed(2) + " of " + least);
  };
  const leastOf = (style) => {
    const size = parseFloat(style.fontSize);
    return size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || element.closest("svg")) continue;
    const style = getComputedStyle(element);
    check(style.color, element, leastOf(style), element.tagName + "." + element.className + " " + node.data.trim().slice(0, 30));
  }
  for (const cell of document.querySelectorAll("td")) {
    const style = getComputedStyle(cell, "::before");
    if (style.content !== "none") check(style.color, cell, leastOf(style), "label " + style.content);
  }
  for (const bar of document.querySelectorAll("svg rect")) check(getComputedStyle(bar).fill, bar, 3, "bar ." + bar.classList);
  return [...found];
})()`;

/** @returns a line for each thing that nobody who hears the page would know, or find */
export const UNNAMED = `(() => {
  const all = (what) => [...document.querySelectorAll(what)];
  const levels = all("h1, h2, h3, h4").map((one) => Number(one.tagName[1]));
  const ids = all("[id]").map(({ id }) => id);
  return [
    ...(document.documentElement.lang ? [] : ["the page says no language"]),
    ...all("table").filter((one) => !one.caption?.innerText.trim() && !one.caption?.textContent.trim()).map(() => "a table without a caption"),
    ...all("svg").filter((one) => one.getAttribute("aria-hidden") !== "true" && !one.getAttribute("aria-label")).map(() => "a picture without a name"),
    ...all("td").filter((one) => !one.dataset.label).map((one) => "a cell without its column: " + one.textContent),
    ...levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1).map((level) => "a heading of level " + level + " below none of the level before"),
    ...all("nav a").filter((one) => !ids.includes(one.hash.slice(1))).map((one) => "a link to nothing: " + one.hash),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => "two of id " + id),
  ];
})()`;
