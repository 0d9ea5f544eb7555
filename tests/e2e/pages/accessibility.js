// Opens pages in Chromium, fills in the form where one is told to, runs axe-core (WCAG 2.1 A and AA), measures
// whether anything is wider than the screen, and prints what it found as JSON. Where a picture is asked for, it
// takes one.
//
//   echo '[{"name", "url", "width", "zoom"?, "type"?: {id: text}, "picture"?}]' | node accessibility.js CHROMIUM

import axe from "axe-core";
import fs from "node:fs";
import puppeteer from "puppeteer-core";

const visits = JSON.parse(fs.readFileSync(0, "utf8"));
const browser = await puppeteer.launch({
  executablePath: process.argv[2],
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--lang=zh-TW"],
});
const found = [];
for (const visit of visits) {
  const page = await browser.newPage();
  await page.setBypassCSP(true); // for axe alone: the page itself loads nothing
  await page.setViewport({ width: visit.width, height: 900, deviceScaleFactor: 1 });
  await page.goto(visit.url, { waitUntil: "load" });
  if (visit.type) {
    for (const [id, text] of Object.entries(visit.type)) await page.type(`#${id}`, text);
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
  }
  if (visit.zoom) await page.evaluate((zoom) => (document.documentElement.style.fontSize = `${zoom}%`), visit.zoom);
  await page.evaluate(axe.source);
  const result = await page.evaluate(() =>
    window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const text = await page.evaluate(() => document.body.innerText);
  if (visit.picture) await page.screenshot({ path: visit.picture, fullPage: true });
  found.push({
    name: visit.name, overflow, text, passes: result.passes.length,
    violations: result.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html) })),
  });
  await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
