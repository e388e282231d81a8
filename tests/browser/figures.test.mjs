// The figures that a disclosure's page shows are those of its JSON, and the CSV's are the same.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allPages, base, count, disclosuresOf, fact, flat, labelOf, launch, newPage, rounded, taskTypes } from "./support.mjs";

let browser;
let page;
let disclosures;

before(async () => {
  browser = await launch();
  disclosures = await disclosuresOf(await allPages(browser));
  page = await newPage(browser);
});
after(() => browser?.close());

/** Headings of the table by task type, and the concepts that their columns hold. */
const columns = [
  ["Completed tasks", "tasks_completed"],
  ["Mean", "energy_per_task_mean"],
  ["Median", "energy_per_task_median"],
  ["p10", "energy_per_task_p10"],
  ["p90", "energy_per_task_p90"],
  ["p95", "energy_per_task_p95"],
  ["p99", "energy_per_task_p99"],
  ["Mean IT energy, Wh", "energy_per_task_it_mean"],
  ["Per 1,000 output tokens, Wh", "energy_per_1000_output_tokens"],
  ["Carbon, g CO2e", "carbon_location_per_task"],
];

/** The table by task type: its headings from left to right, and its rows as texts. */
function readTable() {
  return page.locator("table[aria-labelledby=t-types]").evaluate((table) => {
    const text = (cell) => cell.innerText.replace(/\s+/g, " ").trim();
    const middle = (cell) => (cell.getBoundingClientRect().left + cell.getBoundingClientRect().right) / 2;
    const heads = [...table.querySelectorAll("thead th:not([scope=colgroup])")];
    return {
      headings: heads.sort((one, other) => middle(one) - middle(other)).map(text),
      rows: [...table.querySelectorAll("tbody tr, tfoot tr")].map((row) => [...row.cells].map(text)),
    };
  });
}

/** Name and value pairs, as far as they are of the lists under `scope`. */
async function readFacts(scope) {
  const pairs = await page.locator(`${scope} dl.facts > div`).evaluateAll((pairs) =>
    pairs.map((pair) => [pair.querySelector("dt").firstChild.data, pair.querySelector("dd").innerText]),
  );
  return Object.fromEntries(pairs.map(([name, value]) => [flat(name), flat(value)]));
}

test("rounding is half to even and keeps zeros that count", () => {
  for (const [value, figures, expected] of [
    ["0.125", 2, "0.12"],
    ["0.135", 2, "0.14"],
    ["0.1350001", 2, "0.14"],
    ["0.1250001", 2, "0.13"],
    ["9.96", 2, "10"],
    ["0.0999", 2, "0.10"],
    ["1.2", 3, "1.20"],
    ["1234567.8", 3, "1,230,000"],
    ["100", 3, "100"],
    ["0.000000", 3, "0"],
    ["N/A", 3, "N/A"],
  ]) {
    assert.equal(rounded(value, figures), expected, `${value} to ${figures}`);
  }
});

test("every number of the table by task type is the JSON's value to three figures", async () => {
  let checked = 0;
  for (const { path, json } of disclosures) {
    await page.goto(base + path);
    const { headings, rows } = await readTable();
    assert.deepEqual(headings, ["Task type", ...columns.map(([heading]) => heading)], path);
    const expected = [...taskTypes(json), "all"].map((taskType) => [
      taskType === "all" ? "All tasks" : labelOf(taskType),
      ...columns.map(([, concept]) => {
        const value = fact(json, concept, taskType);
        return concept === "tasks_completed" ? count(value) : rounded(value, 3);
      }),
    ]);
    assert.deepEqual(rows, expected, path);
    checked += rows.length * columns.length;
  }
  assert.ok(checked >= disclosures.length * 2 * columns.length);
});

test("the headline is the JSON's mean to two figures, and so are the figures beside it", async () => {
  for (const { path, json } of disclosures) {
    await page.goto(base + path);
    const mean = flat(await page.locator(".figure-value").innerText());
    assert.equal(mean, `${rounded(fact(json, "energy_per_task_mean"), 2)} Wh`, path);
    const shown = await readFacts(".headline");
    const two = (concept, unit) => {
      const value = fact(json, concept);
      return /\d/.test(value) ? `${rounded(value, 2)} ${unit}` : value;
    };
    assert.equal(shown["Median task"], two("energy_per_task_median", "Wh"), path);
    assert.equal(shown["IT energy per task"], two("energy_per_task_it_mean", "Wh"), path);
    assert.equal(shown["Carbon per task"], two("carbon_location_per_task", "g"), path);
    assert.equal(shown["Completed tasks"], count(fact(json, "tasks_completed")), path);
    assert.equal(shown.Coverage, fact(json, "coverage"), path);
  }
});

test("the totals of the page are the JSON's", async () => {
  for (const { path, json } of disclosures) {
    await page.goto(base + path);
    const shown = await readFacts(".section");
    const three = (concept, unit) => `${rounded(fact(json, concept), 3)} ${unit}`;
    assert.equal(shown.Completed, count(fact(json, "tasks_completed")), path);
    assert.equal(shown.Failed, count(fact(json, "tasks_failed")), path);
    assert.equal(shown.Cancelled, count(fact(json, "tasks_cancelled")), path);
    assert.equal(shown["Facility energy of all tasks"], three("energy_facility_total", "Wh"), path);
    assert.equal(shown["IT energy of all tasks"], three("energy_it_total", "Wh"), path);
    assert.equal(shown["Location-based, per completed task"], three("carbon_location_per_task", "g CO2e"), path);
    assert.equal(shown["Location-based, all tasks of the period"], three("carbon_location_total", "g CO2e"), path);
  }
});

test("the chart is an image with title and description and has one bar in proportion for each task type", async () => {
  for (const { path, json } of disclosures) {
    await page.goto(base + path);
    const chart = page.locator("svg.chart[aria-labelledby^=chart-types]");
    const drawn = await chart.evaluate((svg) => ({
      role: svg.getAttribute("role"),
      labelled: svg.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id)?.tagName),
      title: svg.querySelector("title").textContent.trim(),
      description: svg.querySelector("desc").textContent.trim().replaceAll("\u00a0", " "),
      labels: [...svg.querySelectorAll("text:not(.value)")].map((text) => text.textContent),
      values: [...svg.querySelectorAll("text.value")].map((text) => text.textContent),
      widths: [...svg.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("width"))),
      furthest: Math.max(...[...svg.querySelectorAll("rect, .interval")].map((mark) => mark.getBBox().x + mark.getBBox().width)),
    }));
    assert.equal(drawn.role, "img", path);
    assert.deepEqual(drawn.labelled, ["title", "desc"], path);
    assert.match(drawn.title, /^Bar chart: /);
    const named = await page.getByRole("img", { name: drawn.title }).count();
    assert.equal(named, 1, `${path}: the chart's accessible name`);

    const types = taskTypes(json).filter((type) => /\d/.test(fact(json, "energy_per_task_mean", type)));
    const means = types.map((type) => Number(fact(json, "energy_per_task_mean", type)));
    const { rows } = await readTable();
    const [names, printed] = [0, 2].map((column) => rows.slice(0, types.length).map((row) => row[column]));
    assert.deepEqual(drawn.labels, types.map(labelOf), path);
    assert.deepEqual(drawn.labels, names, path);
    assert.deepEqual(drawn.values, printed, `${path}: values of chart and table`);
    const longest = Math.max(...drawn.widths);
    assert.ok(longest > 10, path);
    // The longest bar, or the end of its interval, takes most of the width.
    assert.ok(drawn.furthest > 320, `${path}: the marks reach to ${drawn.furthest} of 640`);
    drawn.widths.forEach((width, index) => {
      const due = (longest * means[index]) / Math.max(...means);
      assert.ok(Math.abs(width - due) <= 0.1, `${path}: ${names[index]} is ${width} wide, not ${due}`);
    });
    for (const [index, name] of names.entries()) {
      assert.ok(drawn.description.includes(`${name} ${printed[index]} Wh`), `${path}: ${drawn.description}`);
    }
  }
});

/** Rows of an RFC 4180 file as objects. */
function parseCsv(text) {
  const rows = [[]];
  let rest = text;
  while (rest) {
    const [found, quoted, plain, end] = rest.match(/^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/) ?? [];
    assert.ok(found, `not a cell of a CSV file: ${rest.slice(0, 40)}`);
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    rest = rest.slice(found.length);
    if (end === "\r\n" && rest) rows.push([]);
  }
  const [header, ...lines] = rows;
  return lines.map((line) => {
    assert.equal(line.length, header.length, `cells of ${line}`);
    return Object.fromEntries(header.map((name, column) => [name, line[column]]));
  });
}

test("the CSV holds the same figures as the JSON, letter for letter", async () => {
  for (const { path, json } of disclosures) {
    const response = await fetch(`${base}${path}/disclosure.csv`);
    const rows = parseCsv(await response.text());
    const expected = json.facts.map((fact) => ({
      disclosure: String(json.number),
      version: String(json.version),
      template: json.template.id,
      template_version: json.template.version,
      provider: json.provider.key,
      service: json.service.key,
      period_from: (fact.month ?? json.period).from,
      period_to: (fact.month ?? json.period).to,
      concept: fact.concept,
      task_type: fact.task_type,
      dimension: fact.member?.dimension ?? "",
      member: fact.member?.name ?? "",
      value: fact.value,
      unit: fact.unit,
      provider_kind: json.provider.kind,
      model: fact.model ?? "all",
      decimals: fact.decimals ?? "",
      provenance: fact.provenance,
      series: fact.month ? "month" : "period",
    }));
    assert.deepEqual(rows, expected, path);
  }
});
