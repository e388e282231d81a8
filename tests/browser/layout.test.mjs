// No page scrolls sideways; what is wider than the screen scrolls in a region of its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allPages, launch, newPage, open } from "./support.mjs";

const widths = [320, 360, 768, 1280];

let browser;
let page;
let pages;

before(async () => {
  browser = await launch();
  pages = await allPages(browser);
  page = await newPage(browser);
});
after(() => browser?.close());

/** Runs `look` in every page at every width; returns what it found, each with its place. */
async function atEveryWidth(look) {
  const found = [];
  for (const target of pages) {
    await open(page, target);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const findings = await page.evaluate(look);
      found.push(...findings.map((finding) => `${target.name}, ${width} wide: ${finding}`));
    }
  }
  return found;
}

test("no page is wider than the screen", async () => {
  const wide = await atEveryWidth(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const inRegion = (element) => element.parentElement.closest(".scroll, .narrow");
    const beyond = [...document.body.querySelectorAll("*")].filter(
      (element) => !inRegion(element) && element.getBoundingClientRect().right > clientWidth + 0.5,
    );
    const found = beyond.map((element) => `reaches beyond the edge: ${element.outerHTML.slice(0, 120)}`);
    if (scrollWidth > clientWidth) found.push(`${scrollWidth} wide`);
    return found;
  });
  assert.deepEqual(wide, []);
});

test("what scrolls sideways is a named region that the keyboard reaches", async () => {
  let regions = 0;
  const faults = await atEveryWidth(() => {
    const found = [];
    for (const element of document.body.querySelectorAll("*")) {
      const { overflowX } = getComputedStyle(element);
      if (!["auto", "scroll", "hidden", "clip"].includes(overflowX)) continue;
      if (element.scrollWidth <= element.clientWidth + 1) continue;
      const ids = (element.getAttribute("aria-labelledby") ?? "").split(" ");
      const name = ids.every((id) => document.getElementById(id)?.innerText);
      const isRegion = element.getAttribute("role") === "region" && element.tabIndex === 0 && name;
      const isScrollable = overflowX === "auto" || overflowX === "scroll";
      found.push(isRegion && isScrollable ? "region" : element.outerHTML.slice(0, 120));
    }
    return found;
  });
  const others = faults.filter((fault) => {
    const isRegion = fault.endsWith(": region");
    regions += isRegion ? 1 : 0;
    return !isRegion;
  });
  assert.deepEqual(others, []);
  assert.ok(regions > 0, "no region scrolled at all");
});

test("the arrow keys scroll a wide table", async () => {
  const target = pages.find(({ kind }) => kind === "disclosure");
  await page.setViewportSize({ width: 360, height: 900 });
  await open(page, target);
  const region = page.locator("[role=region]").first();
  await region.focus();
  await page.keyboard.press("ArrowRight");
  const deadline = Date.now() + 5_000;
  while ((await region.evaluate((element) => element.scrollLeft)) === 0) {
    assert.ok(Date.now() < deadline, "the region did not scroll");
  }
});

test("the letters of a chart stay inside it and off each other", async () => {
  const faults = await atEveryWidth(() => {
    const found = [];
    for (const chart of document.querySelectorAll("svg.chart")) {
      const frame = chart.getBoundingClientRect();
      // On narrow screens some letters are not shown.
      const isShown = (part) => getComputedStyle(part).display !== "none";
      const parts = [...chart.querySelectorAll("text, rect")].filter(isShown);
      const boxes = parts.map((part) => part.getBoundingClientRect());
      parts.forEach((part, index) => {
        const box = boxes[index];
        const name = `${part.tagName} ${part.textContent}`;
        if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(`${name} leaves the chart`);
        // The box of a text is higher than its letters.
        const air = box.height / 4;
        if (box.top < frame.top - air || box.bottom > frame.bottom + air) found.push(`${name} leaves the chart`);
        for (const other of boxes.slice(index + 1)) {
          const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
          const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
          // Parts of one bar share an edge.
          const edge = part.tagName === "rect" ? 2 : 1;
          if (across > edge && down > air) found.push(`${name} lies on another part`);
        }
      });
    }
    return found;
  });
  assert.deepEqual(faults, []);
});
