// The way of a reader: from the register to a figure, to its provider, to the files and their digests.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { allPages, base, disclosuresOf, fact, flat, launch, linksOf, newPage, open, rounded } from "./support.mjs";

const run = promisify(execFile);

let browser;
let pages;
let disclosures;
let directory;

before(async () => {
  browser = await launch();
  pages = await allPages(browser);
  disclosures = await disclosuresOf(pages);
  directory = await mkdtemp(join(tmpdir(), "taskwatt-downloads-"));
});
after(async () => {
  await browser?.close();
  if (directory) await rm(directory, { recursive: true });
});

/** Clicks a link and tells where it led. */
async function click(page, link) {
  await link.click();
  await page.waitForLoadState();
  return new URL(page.url()).pathname;
}

function heading(page) {
  return page.locator("h1").innerText();
}

test("a reader goes from the register to a disclosure, its provider, and back", async () => {
  const page = await newPage(browser);
  for (const { path, json } of disclosures) {
    const provider = `/providers/${json.provider.key}`;
    const crumbs = page.getByRole("navigation", { name: "Breadcrumb" });
    await page.goto(`${base}/`);
    const row = page.locator("tbody tr", { has: page.locator(`a[href="${path}"]`) });
    assert.equal(await click(page, row.getByRole("link", { name: json.service.name, exact: true })), path);
    assert.ok((await heading(page)).startsWith(json.service.name));
    assert.equal(await click(page, crumbs.getByRole("link", { name: json.provider.legal_name })), provider);
    assert.equal(await heading(page), json.provider.legal_name);
    assert.equal(await click(page, page.locator(`a[href="${path}"]`)), path);
    await page.goBack();
    assert.equal(new URL(page.url()).pathname, provider);
    assert.equal(await click(page, crumbs.getByRole("link", { name: "Register" })), "/");
    assert.equal(await click(page, row.getByRole("link", { name: json.provider.legal_name })), provider);
  }
});

test("the register and the provider's page state the mean of each disclosure to two figures", async () => {
  const page = await newPage(browser);
  for (const { path, json } of disclosures) {
    const mean = rounded(fact(json, "energy_per_task_mean"), 2);
    for (const place of ["/", `/providers/${json.provider.key}`]) {
      await page.goto(base + place);
      const row = page.locator("tbody tr", { has: page.locator(`a[href="${path}"]`) });
      assert.equal(await row.locator("td.key").innerText(), mean, `${path} on ${place}`);
    }
  }
});

test("a number without version leads to the version in force, and links within a page to their place", async () => {
  const page = await newPage(browser);
  for (const { path } of disclosures) {
    await page.goto(base + path.replace(/\/v\d+$/, ""));
    assert.equal(new URL(page.url()).pathname, path);
    const missing = await page.$$eval("a[href^='#']", (links) =>
      links.map((link) => link.hash.slice(1)).filter((id) => !document.getElementById(id)),
    );
    assert.deepEqual(missing, [], path);
  }
});

test("no link of any page is broken", async () => {
  const page = await newPage(browser);
  const links = new Set();
  for (const target of pages) {
    await open(page, target);
    for (const { href } of await linksOf(page)) links.add(href.split("#")[0]);
  }
  for (const link of links) {
    assert.ok(link.startsWith(`${base}/`), `${link} leads elsewhere`);
    const response = await fetch(link);
    await response.arrayBuffer();
    const isOfErrorPage = pages.some(({ kind, path }) => kind === "error" && link === base + path && path !== "/");
    if (!isOfErrorPage) assert.equal(response.status, 200, link);
  }
});

test("a page that refuses has a link to the register that works", async () => {
  const page = await newPage(browser);
  for (const target of pages.filter(({ kind }) => kind === "error")) {
    await open(page, target);
    const link = page.getByRole("main").getByRole("link", { name: "The register" });
    assert.equal(await click(page, link), "/", target.name);
    assert.equal(await heading(page), "Energy per task, disclosed");
  }
});

/**
 * Clicks every download of a disclosure's page and saves the files under the names they get. The page
 * must be new for each disclosure: Chromium holds up every eleventh download of a tab.
 */
async function download(page, path) {
  await page.goto(base + path);
  const files = new Map();
  for (const link of await page.locator("a[download]").all()) {
    const address = await link.evaluate((element) => element.href);
    const [started] = await Promise.all([page.waitForEvent("download"), link.click()]);
    const name = started.suggestedFilename();
    await started.saveAs(join(directory, name));
    files.set(name, { address, bytes: await readFile(join(directory, name)) });
  }
  return files;
}

test("the downloads are the published bytes and pass sha256sum --check under their names", async () => {
  for (const { path, json } of disclosures) {
    const page = await newPage(browser);
    const files = await download(page, path);
    const stem = `taskwatt-${json.number}-v${json.version}-disclosure`;
    const formats = ["csv", "de.pdf", "fr.pdf", "html", "json", "pdf", "xbri", "xbrl.json", "xlsx"];
    const named = formats.map((format) => `${stem}.${format}`);
    assert.deepEqual([...files.keys()].sort(), ["SHA256SUMS", ...named]);
    for (const [name, { address, bytes }] of files) {
      assert.ok(address.startsWith(`${base}${path}/`), address);
      const response = await fetch(address);
      assert.equal(response.status, 200, address);
      assert.ok(bytes.equals(Buffer.from(await response.arrayBuffer())), `${name}: other bytes than ${address}`);
    }
    const sums = files.get("SHA256SUMS").bytes.toString();
    assert.deepEqual(sums.trimEnd().split("\n").map((line) => line.slice(66)), named);
    const { stdout } = await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: directory });
    assert.deepEqual(stdout.trimEnd().split("\n"), named.map((name) => `${name}: OK`));
    // The page names the digests of the files that it is not itself.
    const text = await page.locator("main").innerText();
    for (const line of sums.trimEnd().split("\n").filter((line) => !line.endsWith(".html"))) {
      assert.ok(text.includes(line.slice(0, 64)), `${path} does not show the digest of ${line.slice(66)}`);
    }
    assert.deepEqual(JSON.parse(files.get(`${stem}.json`).bytes), json);
    await page.context().close();
  }
});

/** The text of the page without the line that the server adds. */
async function frozenText(page) {
  const text = await page.evaluate(() => document.body.innerText);
  return flat(text.replace(/^Published on \d.* This version is in force\.$/m, ""));
}

test("the downloaded page reads the same from a disk, asks for nothing, and its links still lead to the site", async () => {
  const offline = await newPage(browser);
  const requests = [];
  const complaints = [];
  offline.on("request", (request) => requests.push(request.url()));
  offline.on("console", (message) => complaints.push(message.text()));
  for (const { path, json } of disclosures) {
    const online = await newPage(browser);
    await download(online, path);
    const name = `taskwatt-${json.number}-v${json.version}-disclosure.html`;
    const address = pathToFileURL(join(directory, name)).href;
    requests.length = 0;
    await offline.goto(address);
    assert.match(await online.locator("main").innerText(), /This version is in force\./);
    assert.equal(await frozenText(offline), await frozenText(online), path);
    assert.deepEqual(requests, [address]);
    assert.deepEqual(complaints, []);
    assert.equal(await offline.evaluate(() => getComputedStyle(document.body).borderTopWidth), "4px");
    const astray = (await linksOf(offline))
      .map(({ href }) => href)
      .filter((href) => !href.startsWith(`${base}/`) && !href.startsWith(`${address}#`));
    assert.deepEqual(astray, []);
    await online.context().close();
  }
});
