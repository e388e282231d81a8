// Everything can be reached and used with the keyboard, and shows where it is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allPages, launch, newPage, open } from "./support.mjs";

let browser;
let pages;

before(async () => {
  browser = await launch();
  pages = await allPages(browser);
});
after(() => browser?.close());

/** The element in focus, as seen on the screen. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const middle = document.elementFromPoint(
      Math.min(Math.max((box.left + box.right) / 2, 1), innerWidth - 1),
      Math.min(Math.max((box.top + box.bottom) / 2, 1), innerHeight - 1),
    );
    return {
      index: stops.indexOf(element),
      isDate: element.type === "date",
      stops: stops.length,
      what: `${element.tagName} ${element.textContent.trim().slice(0, 60)}`,
      outline: style.outlineStyle === "none" ? 0 : Number.parseFloat(style.outlineWidth),
      isClear: /, 0\)$|transparent/.test(style.outlineColor),
      isVisible: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      isCovered: !(middle && (element.contains(middle) || middle.contains(element))),
    };
  });
}

test("the first Tab reaches the skip link, which shows itself, and Enter moves to the main part", async () => {
  const page = await newPage(browser);
  for (const target of pages) {
    await open(page, target);
    const isHidden = await page.$eval(".skip", (link) => link.getBoundingClientRect().bottom <= 0);
    assert.ok(isHidden, `${target.name}: the skip link shows before it has focus`);
    await page.keyboard.press("Tab");
    const first = await focused(page);
    assert.equal(first.what, "A Skip to content", target.name);
    assert.ok(first.isVisible && !first.isCovered, `${target.name}: the skip link does not show`);
    if (target.method) continue; // A fragment of a page that was posted would be asked for again.
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main", target.name);
    await page.keyboard.press("Tab");
    const isInside = await page.evaluate(() => {
      const isBehind = document.activeElement.compareDocumentPosition(document.querySelector("main"));
      return Boolean(isBehind & (Node.DOCUMENT_POSITION_CONTAINS | Node.DOCUMENT_POSITION_PRECEDING));
    });
    assert.ok(isInside, `${target.name}: the Tab after the skip link goes back to the masthead`);
  }
});

for (const width of [1280, 360]) {
  test(`Tab reaches every link in the order of the page and shows an outline around it, ${width} wide`, async () => {
    const page = await newPage(browser, { viewport: { width, height: 800 } });
    for (const target of pages) {
      await open(page, target);
      await page.keyboard.press("Tab");
      let stop = await focused(page);
      for (let index = 0; index < stop.stops; index += 1) {
        assert.equal(stop.index, index, `${target.name}: stop ${index} is ${stop.what}`);
        assert.ok(stop.outline >= 2 && !stop.isClear, `${target.name}: no outline around ${stop.what}`);
        assert.ok(stop.isVisible, `${target.name}: ${stop.what} has focus outside the screen`);
        assert.ok(!stop.isCovered, `${target.name}: ${stop.what} has focus and is covered`);
        // A field for a date has a stop for each of its parts.
        do {
          await page.keyboard.press("Tab");
          stop = await focused(page);
        } while (stop.isDate && stop.index === index);
      }
      assert.ok(stop.index <= 0, `${target.name}: ${stop.what} follows the last stop`);
    }
  });
}
