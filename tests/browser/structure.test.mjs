// What every page has: a language, a title, one main heading, and the words that are due and no others.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allPages, base, disclosuresOf, flat, launch, newPage, open, statusLine } from "./support.mjs";

/** The rules for public pages, in shared/disclosure.md under "Words". */
const forbidden = [
  /\bgreen(er|est)?\b/i,
  /\benergy[- ]efficien/i,
  /\bsustainab/i,
  /\b(climate|carbon|CO2)[- ]neutral/i,
  /\bEU[- ]complian/i,
  /\bcertified\b/i,
  /[★☆⭐🌟]/u,
];

let browser;
let page;
let pages;
let disclosures;

before(async () => {
  browser = await launch();
  pages = await allPages(browser);
  disclosures = await disclosuresOf(pages);
  page = await newPage(browser);
});
after(() => browser?.close());

async function visibleText(target) {
  await open(page, target);
  return flat(await page.evaluate(() => document.body.innerText));
}

test("every page names its language and has one main heading, one main part and a title of its own", async () => {
  const titles = new Map();
  for (const target of pages) {
    await open(page, target);
    const found = await page.evaluate(() => ({
      language: document.documentElement.lang,
      mainHeadings: [...document.querySelectorAll("h1")].filter((heading) => heading.innerText.trim()).length,
      mains: document.querySelectorAll("main").length,
      title: document.title,
    }));
    assert.equal(found.language, "en", target.name);
    assert.equal(found.mainHeadings, 1, `${target.name}: main headings`);
    assert.equal(found.mains, 1, `${target.name}: main parts`);
    assert.match(found.title, /\S – Taskwatt$/, target.name);
    if (["error", "asked"].includes(target.kind)) continue;
    assert.equal(titles.get(found.title), undefined, `${target.name} has the title of another page`);
    titles.set(found.title, target.name);
  }
});

test("no page claims what the rules for public pages forbid", async () => {
  for (const target of pages) {
    const text = `${await visibleText(target)} ${await page.title()}`;
    assert.ok(text.length > 200, `${target.name} has next to no text`);
    for (const words of forbidden) assert.doesNotMatch(text, words, target.name);
  }
});

test("every page with figures states the legal status", async () => {
  for (const target of pages.filter(({ kind }) => ["register", "provider", "disclosure"].includes(kind))) {
    assert.match(await visibleText(target), statusLine, target.name);
  }
  for (const { name, path, json } of disclosures) {
    const text = await visibleText({ name, path, status: 200 });
    assert.ok(text.includes(json.template.status_line), `${name}: the status line of its JSON`);
  }
});

test("what is no operator's own is marked on the register, the provider's page and its disclosures", async () => {
  const marks = {
    fictitious: [/fictitious provider, generated data/i, /This provider does not exist\./],
    public_data: [/public data set, not the operator.s figures/i, /The operator of the service has no part in these/],
  };
  for (const kind of Object.keys(marks)) {
    assert.ok(disclosures.some(({ json }) => json.provider.kind === kind), `no ${kind} provider to look at`);
  }
  for (const { name, path, json } of disclosures) {
    for (const [kind, [mark, sentence]] of Object.entries(marks)) {
      const check = json.provider.kind === kind ? assert.match : assert.doesNotMatch;
      await page.goto(`${base}/`);
      const row = page.locator("tbody tr", { has: page.locator(`a[href="${path}"]`) });
      assert.equal(await row.count(), 1, `rows of the register that lead to ${path}`);
      check(await row.innerText(), mark, `row of ${path}`);
      for (const place of [path, `/providers/${json.provider.key}`]) {
        const text = await visibleText({ name: place, path: place, status: 200 });
        check(text, mark, `${name} on ${place}`);
        check(text, sentence, `${name} on ${place}`);
      }
    }
  }
});

test("the disclosures of the public trace say that the energy is modelled and not the operator's", async () => {
  const real = disclosures.filter(({ json }) => json.provider.key === "azure-trace-2023");
  assert.ok(real.length > 0, "no disclosure of the trace");
  for (const target of real) {
    const text = await visibleText(target);
    assert.match(text, /The energy is modelled, not measured/);
    assert.match(text, /The energy is modelled and not the operator['’]s/);
    assert.match(text, /not a measurement by the operator of the service/);
    assert.match(text, /Modelled 100 %/i);
  }
});
