// What the browser tests share: the browser, the pages of the site, and exact numbers.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** Where the service under test answers; scripts/test-browser starts it. */
export const base = (process.env.BASE_URL ?? "").replace(/\/$/, "");
assert.ok(base, "BASE_URL is not set: run scripts/test-browser");

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** A browser with a fresh profile. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: flags });
}

/** A page in a context of its own: without scripts, unless `options` say otherwise. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(20_000);
  return context.newPage();
}

/** Opens a page of the site and checks its status. */
export async function open(page, target) {
  if (target.method) {
    await page.route(base + target.path, (route) => route.continue({ method: target.method }), { times: 1 });
  }
  const response = await page.goto(base + target.path);
  assert.equal(response.status(), target.status, `${target.name}: status`);
  return response;
}

/** Pages that refuse. */
const errorPages = [
  { name: "page of an unknown address", path: "/no-such-page", kind: "error", status: 404 },
  { name: "page of an unknown disclosure", path: "/disclosures/999999/v1", kind: "error", status: 404 },
  { name: "page of an unknown zone", path: "/factors/Germny", kind: "error", status: 404 },
  { name: "page of an unknown provider", path: "/providers/no-such-provider", kind: "error", status: 404 },
  { name: "page of a method not taken", path: "/", kind: "error", status: 405, method: "POST" },
];

function kindOf(path) {
  if (path === "/") return "register";
  const room = path.split("/")[1];
  const kinds = { providers: "provider", disclosures: "disclosure" };
  return kinds[room] ?? ["problems", "docs", "factors", "method", "templates"].find((kind) => kind === room);
}

/** Of some 400 pages of zones, which are all made alike, these: with hours, within a country, with no value, and
 * without a time zone. */
const zones = ["DE", "SE-SE3", "AQ", "US"].map((zone) => `/factors/${zone}`);
const isOfOtherZone = (path) => path.startsWith("/factors/") && !zones.includes(path);

/** Files for machines that pages lead to. */
const isData = (path) => path.startsWith("/v1/") || path.endsWith(".json");

/** Days of zones that are looked at beside the pages that links lead to. */
const days = [
  { name: "page of a day with 25 hours", path: "/factors/DE?date=2023-10-29&perimeter=consumption" },
  { name: "page of a day that is none", path: "/factors/DE?date=29.10.2023" },
  { name: "page of a search that finds nothing", path: "/factors?search=Atlantis" },
  { name: "page of a search", path: "/factors?search=sweden&perimeter=consumption" },
].map((target) => ({ ...target, kind: "asked", status: 200 }));

/** Every page that links lead to from the register, and the pages that refuse. */
export async function allPages(browser) {
  const page = await newPage(browser);
  const found = ["/"];
  for (const path of found) {
    await page.goto(base + path);
    for (const link of await linksOf(page)) {
      const { origin, pathname } = new URL(link.href);
      if (isOfOtherZone(pathname) || isData(pathname)) continue;
      if (origin === base && !link.isDownload && !found.includes(pathname)) found.push(pathname);
    }
  }
  await page.context().close();
  const linked = found.map((path) => ({ name: `page ${path}`, path, kind: kindOf(path), status: 200 }));
  for (const kind of ["register", "problems", "docs", "provider", "disclosure", "factors", "method", "templates"]) {
    assert.ok(linked.some((target) => target.kind === kind), `the register leads to no ${kind} page`);
  }
  const strangers = linked.filter((target) => !target.kind).map((target) => target.path);
  assert.deepEqual(strangers, [], "pages of a kind that these tests do not know");
  return [...linked, ...days, ...errorPages];
}

export function linksOf(page) {
  return page.$$eval("a[href]", (links) =>
    links.map((link) => ({ href: link.href, isDownload: link.hasAttribute("download") })),
  );
}

/** The disclosures among the pages, each with its published JSON. */
export async function disclosuresOf(targets) {
  const pages = targets.filter((target) => target.kind === "disclosure");
  return Promise.all(
    pages.map(async (target) => {
      const response = await fetch(`${base}${target.path}/disclosure.json`);
      assert.equal(response.status, 200, `${target.path}/disclosure.json`);
      return { ...target, json: await response.json() };
    }),
  );
}

/** The value of one fact of a period without member, of all models, as it stands in the JSON. */
export function fact(json, concept, taskType = "all") {
  const found = json.facts.filter(
    (fact) => fact.concept === concept && fact.task_type === taskType && !fact.member && !fact.model && !fact.month,
  );
  assert.equal(found.length, 1, `facts ${concept} of ${taskType}`);
  return found[0].value;
}

/** Task types in the order of the JSON. */
export function taskTypes(json) {
  const types = json.facts.map((fact) => fact.task_type).filter((type) => type !== "all");
  return [...new Set(types)];
}

/** How the pages name a task type. */
export function labelOf(taskType) {
  if (taskType === "ocr") return "Text recognition (OCR)";
  const words = taskType.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

function group(whole) {
  return whole.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A count in full, its digits grouped. */
export function count(value) {
  return /^\d+$/.test(value) ? group(value) : value;
}

/** An exact value to so many significant figures, half to even, its digits grouped. Words stay. */
export function rounded(value, figures) {
  if (!/^\d+(\.\d+)?$/.test(value)) return value;
  const [whole, fraction = ""] = value.split(".");
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return "0";
  // The place of the last digit kept, counted in decimals; negative stands left of the point.
  let place = fraction.length - String(digits).length + figures;
  let kept = shifted(digits, place - fraction.length);
  if (String(kept).length > figures) {
    kept /= 10n;
    place -= 1;
  }
  if (place <= 0) return group(String(kept * 10n ** BigInt(-place)));
  const text = String(kept).padStart(place + 1, "0");
  return `${group(text.slice(0, -place))}.${text.slice(-place)}`;
}

/** `digits × 10^places` as an integer, half to even. */
function shifted(digits, places) {
  if (places >= 0) return digits * 10n ** BigInt(places);
  const divisor = 10n ** BigInt(-places);
  const quotient = digits / divisor;
  const twice = 2n * (digits % divisor);
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** Runs of white space as one space. */
export function flat(text) {
  return text.replace(/\s+/g, " ").trim();
}

/** The sentence on the legal status that the public template prescribes. */
export const statusLine = new RegExp(
  "As of \\d{1,2} [A-Z][a-z]+ \\d{4}, no EU act prescribes a method or format for the energy of AI tasks\\. " +
    "This page follows the draft template eu-draft-average-energy-per-task \\d+\\.\\d+\\. " +
    "It is not an EU label, certification or conformity assessment\\.",
);
