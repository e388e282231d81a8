// Pictures for people, into the directory SCREENSHOT_DIR; nothing is compared.

import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { allPages, launch, newPage, open } from "./support.mjs";

const directory = process.env.SCREENSHOT_DIR;
const run = promisify(execFile);

let browser;
let pages;

before(async () => {
  if (!directory) return;
  browser = await launch();
  pages = await allPages(browser);
  await mkdir(directory, { recursive: true });
});
after(() => browser?.close());

test("every page is pictured on a desktop, a phone, in the dark and on paper", { skip: !directory }, async () => {
  const page = await newPage(browser);
  for (const target of pages) {
    const path = target.path.replaceAll(/\W+/g, "-").replace(/^-/, "") || "register";
    const stem = join(directory, target.method ? `${path}-${target.status}` : path);
    await open(page, target);
    for (const [look, width, colorScheme] of [
      ["desktop", 1280, "light"],
      ["phone", 360, "light"],
      ["dark", 1280, "dark"],
    ]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: `${stem}-${look}.png`, fullPage: true });
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.pdf({ path: `${stem}.pdf`, format: "A4", preferCSSPageSize: true });
    await run("pdftoppm", ["-r", "70", "-png", `${stem}.pdf`, `${stem}-print`]);
    await rm(`${stem}.pdf`);
  }
});
