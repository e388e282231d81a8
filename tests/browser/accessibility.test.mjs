// Rules of WCAG 2.0 to 2.2, levels A and AA, and good practice, on every page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { allPages, launch, newPage, open } from "./support.mjs";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const schemes = ["light", "dark"];
const widths = [1280, 360];

let browser;
let pages;
let axe;

before(async () => {
  browser = await launch();
  pages = await allPages(browser);
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});
after(() => browser?.close());

/** Runs `look` on every page in each scheme and width; returns what it found, each with its place. */
async function everywhere(page, prepare, look) {
  const found = [];
  for (const target of pages) {
    await open(page, target);
    await prepare(page);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        const place = `${target.name}, ${colorScheme}, ${width} wide`;
        found.push(...(await look(page)).map((finding) => `${place}: ${finding}`));
      }
    }
  }
  return found;
}

test("no page breaks a rule of WCAG A and AA or of good practice, light or dark, wide or narrow", async () => {
  // Only here do scripts run: axe is one.
  const page = await newPage(browser, { javaScriptEnabled: true, bypassCSP: true });
  const violations = await everywhere(
    page,
    (page) => page.evaluate(axe),
    (page) =>
      page.evaluate(async (values) => {
        const result = await window.axe.run(document, { runOnly: { type: "tag", values } });
        if (result.passes.length < 10) return ["axe checked next to nothing"];
        return result.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`);
      }, rules),
  );
  assert.deepEqual(violations, []);
});

// Where a gradient lies behind, as in the regions that scroll, axe cannot tell.
test("every text stands out from its background and from the shade of a region that scrolls", async () => {
  const page = await newPage(browser);
  const faint = await everywhere(
    page,
    () => {},
    (page) => page.evaluate(faintTexts),
  );
  assert.deepEqual([...new Set(faint)], []);
});

/** Runs in the page. */
function faintTexts() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const isClear = (color) => channels(color)[3] === 0;
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || ["TITLE", "DESC", "title", "desc"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const ink = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
    const backgrounds = [];
    for (let behind = element; behind; behind = behind.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(behind);
      backgrounds.push(...(backgroundImage.match(/rgba?\([^)]*\)/g) ?? []).filter((color) => !isClear(color)));
      if (!isClear(backgroundColor)) {
        backgrounds.push(backgroundColor);
        break;
      }
    }
    if (backgrounds.length === 0) faint.push(`no background behind "${walker.currentNode.data.trim()}"`);
    for (const background of backgrounds) {
      const ratio = contrast(ink, background);
      if (ratio < 4.5) faint.push(`${ink} on ${background} is ${ratio.toFixed(2)}, at "${walker.currentNode.data.trim()}"`);
    }
  }
  return faint;
}
