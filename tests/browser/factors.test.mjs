// The pages of grid factors say what the API says, and can be asked with a form alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, flat, launch, newPage, rounded } from "./support.mjs";

let browser;
let page;

before(async () => {
  browser = await launch();
  page = await newPage(browser);
});
after(() => browser?.close());

async function json(path) {
  const response = await fetch(base + path);
  assert.equal(response.status, 200, path);
  return response.json();
}

function rowsOf(labelledBy) {
  return page.locator(`table[aria-labelledby=${labelledBy}] tbody tr`).evaluateAll((rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, " ").trim())),
  );
}

test("the register leads to the factors, and every set is shown with licence and credit", async () => {
  await page.goto(`${base}/`);
  await page.getByRole("link", { name: "Grid factors" }).click();
  assert.equal(new URL(page.url()).pathname, "/factors");
  const { sets } = await json("/v1/factors");
  assert.ok(sets.length >= 3);
  const rows = await rowsOf("t-sets");
  assert.equal(rows.length, sets.length);
  for (const [index, set] of sets.entries()) {
    const text = rows[index].join(" ");
    for (const words of [set.set, set.source, set.licence, flat(set.attribution), set.release]) {
      assert.ok(text.includes(words), `${words} in ${text}`);
    }
  }
});

test("the form finds a zone by another name, with the keyboard alone", async () => {
  await page.goto(`${base}/factors`);
  await page.getByLabel("Zone", { exact: true }).focus();
  await page.keyboard.type("10YSE-1--------K");
  await page.keyboard.press("Enter");
  await page.waitForURL(/search=10YSE/);
  const rows = await rowsOf("t-matrix");
  const names = rows.slice(1).map(([name]) => name);
  assert.deepEqual(names, ["Sweden SE", "SE1 SE-SE1", "SE2 SE-SE2", "SE3 SE-SE3", "SE4 SE-SE4"]);
  // No set says more of produced electricity than countries by the year; the zones take their country's.
  assert.ok(rows[2].includes("SE: year"), rows[2].join(", "));
});

test("a cell of the matrix is what the API says of the zone and year", async () => {
  await page.goto(`${base}/factors?perimeter=consumption&search=DE`);
  const header = await page.locator("table[aria-labelledby=t-matrix] thead th").allInnerTexts();
  const row = (await rowsOf("t-matrix")).find(([name]) => name === "Germany DE");
  const { coverage } = await json("/v1/factors/coverage?zone=DE");
  const hourly = coverage.find((one) => one.resolution === "hour" && one.basis === "lifecycle");
  assert.equal(hourly.covered_hours, hourly.hours_of_year);
  assert.equal(row[header.indexOf(String(hourly.year))], "hourly 100 %");
});

test("a day on which clocks were put back has 25 rows, with the values of the API", async () => {
  const asked = "date=2023-10-29&basis=lifecycle&perimeter=consumption";
  await page.goto(`${base}/factors/DE?${asked}`);
  const { hours } = await json(`/v1/factors/hours?zone=DE&${asked}`);
  const rows = await rowsOf("t-day");
  assert.equal(rows.length, 25);
  assert.deepEqual(rows.slice(2, 4).map(([local]) => local), ["02:00 +02:00", "02:00 +01:00"]);
  assert.deepEqual(
    rows.map((row) => row[2]),
    hours.map((hour) => rounded(hour.intensity_g_per_kwh, 3)),
  );
  const bars = await page.locator("svg.chart rect").evaluateAll((bars) =>
    bars.map((bar) => Number(bar.getAttribute("height"))),
  );
  const values = hours.map((hour) => Number(hour.intensity_g_per_kwh));
  bars.forEach((height, index) => {
    const due = (200 * values[index]) / Math.max(...values);
    assert.ok(Math.abs(height - due) <= 0.1, `hour ${index} is ${height} high, not ${due}`);
  });
  assert.equal(bars.length, 25);
});

test("the form of a zone asks for a day, and a zone under another name leads to its page", async () => {
  await page.goto(`${base}/factors/de_lu`);
  assert.equal(new URL(page.url()).pathname, "/factors/DE");
  await page.getByLabel("Day", { exact: true }).fill("2023-03-26");
  await page.getByLabel("Perimeter").selectOption("consumption");
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL(/date=2023-03-26/);
  assert.equal((await rowsOf("t-day")).length, 23);
  await page.getByRole("link", { name: "Day after" }).click();
  await page.waitForURL(/date=2023-03-27/);
  assert.equal((await rowsOf("t-day")).length, 24);
});

test("a shade never says more than its text", async () => {
  await page.goto(`${base}/factors?perimeter=consumption`);
  const cells = await page.locator("table[aria-labelledby=t-matrix] td").evaluateAll((cells) =>
    cells.map((cell) => [cell.className, cell.innerText.replace(/\s+/g, " ").trim()]),
  );
  assert.ok(cells.length > 1000);
  const expected = {
    s4: /^(hourly|30 min|15 min) 100 %$/,
    s3: /^(hourly|30 min|15 min) .*%/,
    s2: /^monthly \S+ %/,
    s1: /^year( \d.*%)?/,
    s0: /^year \d{4}$/,
    around: /^[A-Z0-9-]+: /,
    none: /^none$/,
  };
  for (const [shade, text] of cells) assert.match(text, expected[shade], shade);
});
