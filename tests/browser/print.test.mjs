// What a disclosure looks like on paper: A4, nothing lost, read back with pdftotext (poppler-utils).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { allPages, base, disclosuresOf, flat, launch, newPage } from "./support.mjs";

const run = promisify(execFile);

let browser;
let page;
let disclosures;
let directory;

before(async () => {
  browser = await launch();
  disclosures = await disclosuresOf(await allPages(browser));
  page = await newPage(browser);
  await page.emulateMedia({ media: "print" });
  directory = await mkdtemp(join(tmpdir(), "taskwatt-print-"));
});
after(async () => {
  await browser?.close();
  if (directory) await rm(directory, { recursive: true });
});

/** What pdftotext reads in a PDF. */
async function read(pdf, ...options) {
  const file = join(directory, "page.pdf");
  await writeFile(file, pdf);
  try {
    const { stdout } = await run("pdftotext", [...options, file, "-"], { maxBuffer: 64_000_000 });
    return stdout;
  } catch (error) {
    if (error.code === "ENOENT") throw new Error("pdftotext is missing: install poppler-utils");
    throw error;
  }
}

function print(path) {
  return page.goto(base + path).then(() => page.pdf({ format: "A4", preferCSSPageSize: true }));
}

function isContained(word, text) {
  return text.includes(word.replace(/\s+/g, ""));
}

test("a disclosure prints on A4 with its status line, all headings and every word that it shows", async () => {
  for (const { path, json } of disclosures) {
    const pdf = await print(path);
    // In the order of the content; a long digest is broken over lines, so white space does not count. A word of three
    // letters may come about where two others meet, and is no digest, so that it is counted as a word.
    const raw = await read(pdf, "-raw");
    const printed = raw.replace(/\s+/g, "");
    const printedWords = raw.split(/\s+/);
    const times = (word, words) => words.filter((one) => one === word).length;
    assert.ok(isContained(json.template.status_line, printed), `${path}: the status line`);
    const shown = await page.evaluate(() => {
      const texts = (selector) => [...document.querySelectorAll(selector)].map((element) => element.innerText);
      return { headings: texts("h1, h2, h3, figcaption, thead th").filter(Boolean), text: document.body.innerText };
    });
    assert.ok(shown.headings.length > 30, path);
    for (const heading of shown.headings) {
      for (const word of flat(heading).split(" ")) {
        assert.ok(isContained(word, printed), `${path}: "${word}" of the heading "${flat(heading)}" is not printed`);
      }
    }
    const text = shown.text.replace(/\s+/g, "");
    const words = flat(shown.text).split(" ");
    const lost = words.filter((word) =>
      word.length < 4
        ? times(word, printedWords) < times(word, words)
        : printed.split(word).length < text.split(word).length,
    );
    assert.deepEqual(lost, [], `${path}: words that are not printed`);
    assert.ok(isContained(`${base}${path}/disclosure.json`, printed), `${path}: the address of the JSON`);
  }
});

test("nothing is printed into the margins, and no line of text lies on another", async () => {
  const millimetres = 72 / 25.4;
  for (const path of ["/", "/problems", "/method", "/factors", "/factors/DE", ...disclosures.map(({ path }) => path)]) {
    const boxes = await read(await print(path), "-bbox");
    const sheets = boxes.split("<page ").slice(1);
    assert.ok(sheets.length > 1, path);
    for (const [index, sheet] of sheets.entries()) {
      const [width, height] = sheet.match(/width="([\d.]+)" height="([\d.]+)"/).slice(1).map(Number);
      assert.ok(Math.abs(width - 595.3) < 1 && Math.abs(height - 841.9) < 1, `${path}: not A4`);
      const words = [
        ...sheet.matchAll(/<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)<\/word>/g),
      ].map(([, ...box]) => ({ box: box.slice(0, 4).map(Number), word: box[4] }));
      assert.ok(words.length > 10, `${path}, sheet ${index + 1}: empty`);
      const margin = 18 * millimetres - 1;
      for (const { box, word } of words) {
        const isInside = box[0] >= margin && box[2] <= width - margin && box[1] >= 0 && box[3] <= height;
        assert.ok(isInside, `${path}, sheet ${index + 1}: "${word}" reaches into the margin`);
      }
      words.forEach(({ box, word }, place) => {
        for (const other of words.slice(place + 1)) {
          const across = Math.min(box[2], other.box[2]) - Math.max(box[0], other.box[0]);
          const down = Math.min(box[3], other.box[3]) - Math.max(box[1], other.box[1]);
          const isOver = across > 1 && down > 0.5 * Math.min(box[3] - box[1], other.box[3] - other.box[1]);
          assert.ok(!isOver, `${path}, sheet ${index + 1}: "${word}" lies on "${other.word}"`);
        }
      });
    }
  }
});

test("every sheet names the site and its number, and a table that goes on repeats its headings", async () => {
  for (const path of [...disclosures.map(({ path }) => path), "/problems"]) {
    const sheets = (await read(await print(path), "-layout")).split("\f").filter((sheet) => sheet.trim());
    sheets.forEach((sheet, index) => {
      assert.match(sheet, /Taskwatt: energy per task/, `${path}, sheet ${index + 1}`);
      assert.match(sheet, new RegExp(`\\b${index + 1} ?/ ?${sheets.length}\\b`), `${path}, sheet ${index + 1}`);
    });
    if (path !== "/problems") continue;
    assert.ok(sheets.length > 1, "the table of problem codes fits on one sheet: choose a longer one");
    const codes = await page.locator("tbody th").allInnerTexts();
    const holding = sheets.filter((sheet) => codes.some((code) => sheet.includes(`${code} `)));
    assert.ok(holding.length > 1);
    for (const sheet of holding) assert.match(sheet, /What to do/, "a sheet of the table without its headings");
  }
});
