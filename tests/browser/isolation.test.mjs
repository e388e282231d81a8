// The pages load nothing from elsewhere, run nothing, and keep the policy they are served with.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allPages, base, launch, newPage, open } from "./support.mjs";

let browser;
let pages;

before(async () => {
  browser = await launch();
  pages = await allPages(browser);
});
after(() => browser?.close());

/** Notes every request and every complaint of the browser about this page. */
function listen(page) {
  const heard = { requests: [], complaints: [] };
  page.on("request", (request) => heard.requests.push(request.url()));
  page.on("requestfailed", (request) => heard.complaints.push(`failed: ${request.url()}`));
  page.on("pageerror", (error) => heard.complaints.push(String(error)));
  page.on("console", (message) => {
    const isStatusOfPage = message.text().startsWith("Failed to load resource: the server responded");
    if (!isStatusOfPage || message.location().url !== page.url()) {
      heard.complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  return heard;
}

function look(page) {
  return page.evaluate(() => {
    const body = getComputedStyle(document.body);
    const skip = getComputedStyle(document.querySelector(".skip"));
    return {
      font: body.fontFamily,
      paper: body.backgroundColor,
      ink: body.color,
      edge: body.borderTopWidth,
      skip: skip.position,
    };
  });
}

for (const javaScriptEnabled of [false, true]) {
  test(`no page asks for anything elsewhere or breaks its policy, scripts ${javaScriptEnabled ? "on" : "off"}`, async () => {
    for (const target of pages) {
      const page = await newPage(browser, { javaScriptEnabled });
      const heard = listen(page);
      await open(page, target);
      assert.deepEqual(heard.complaints, [], target.name);
      const own = target.kind === "disclosure" ? [target.path] : [target.path, "/assets/site.css"];
      if (target.kind === "docs") own.push("/assets/docs.css");
      if (target.status === 200 && target.path.startsWith("/factors")) own.push("/assets/factors.css");
      const asked = heard.requests.filter((url) => url !== `${base}/favicon.ico`);
      assert.deepEqual(asked, own.map((path) => base + path), target.name);
      await page.context().close();
    }
  });
}

test("the same style applies on every page, light and dark, the frozen ones included", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await newPage(browser, { colorScheme });
    await open(page, pages[0]);
    const expected = await look(page);
    assert.match(expected.font, /serif/);
    assert.equal(expected.skip, "absolute");
    assert.equal(expected.edge, "4px");
    const brightness = expected.paper.match(/\d+/g).reduce((sum, part) => sum + Number(part), 0);
    assert.equal(brightness > 380 ? "light" : "dark", colorScheme);
    for (const target of pages) {
      await open(page, target);
      assert.deepEqual(await look(page), expected, `${target.name}, ${colorScheme}`);
    }
    await page.context().close();
  }
});

test("a frozen page's policy refuses every style but the one frozen with it, and every script", async () => {
  const target = pages.find(({ kind }) => kind === "disclosure");
  const page = await newPage(browser, { javaScriptEnabled: true });
  const heard = listen(page);
  await page.route(base + target.path, async (route) => {
    const response = await route.fetch();
    const body = (await response.text())
      .replace("</style>", " </style>")
      .replace("</main>", "<script>document.title = 'run'</script></main>");
    await route.fulfill({ response, body });
  });
  await open(page, target);
  assert.equal((await look(page)).edge, "0px", "a changed style was applied");
  assert.notEqual(await page.title(), "run");
  assert.equal(heard.complaints.filter((complaint) => complaint.includes("Content Security Policy")).length, 2);
});
