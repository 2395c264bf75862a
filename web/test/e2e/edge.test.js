/** What stands between a page and its hub: frames in a sandbox, files without an origin, hubs of two releases behind one address. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { browser, cleanUp, load, sign, startHost, startHub, startRedis, toolbar } from "./lib.js";

let redis;
let chrome;
let context;

before(async () => {
  redis = await startRedis();
  chrome = await browser();
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  context = await chrome.newContext();
});

for (const sandbox of ["allow-scripts", ""]) {
  test(`a frame with sandbox="${sandbox}" says what it lacks`, async () => {
    const hub = await startHub({ redis, flags: [] });
    const host = await startHost(hub.url, {
      body: `<iframe src="${hub.url}/embed/toolbar" sandbox="${sandbox}"></iframe>`,
      frames: hub.url,
    });
    await hub.stop();
    await startHub({ redis, port: hub.port, flags: [`--allowed-origins=${host.url}`] });
    const page = await context.newPage();
    await page.goto(host.url);
    const said = page.frameLocator("iframe").locator(".unstarted");
    await said.waitFor({ state: "visible" });
    assert.match(await said.innerText(), /cannot start in this frame.*allow-same-origin/s);
  });
}

test("a page from a file is let in where null is listed, and nowhere else", async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "agenthub-file-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const hub = await startHub({ redis, flags: ["--allowed-origins=null,file://"] });
  const closed = await startHub({ redis });
  await load(hub.url, 3);
  for (const { url } of [hub, closed]) {
    const file = path.join(dir, "desk.html");
    writeFileSync(
      file,
      `<!doctype html><title>Desk</title><script type="module" src="${url}/embed/v1/agent-toolbar.js"></script>
       <agent-toolbar></agent-toolbar><iframe src="${url}/embed/toolbar"></iframe>`,
    );
    const refused = url === closed.url && context.waitForEvent("requestfailed", (request) => request.url().includes("/embed/v1/"));
    const page = await context.newPage();
    await page.goto(`file://${file}`);
    if (refused) {
      await refused;
      continue;
    }
    await page.waitForFunction(() => customElements.get("agent-toolbar") !== undefined);
    await page.evaluate((token) => {
      const bar = document.querySelector("agent-toolbar");
      bar.getToken = async () => token;
      return bar.connect();
    }, sign("file1"));
    await toolbar(page).state("ready");
    await page.frameLocator("iframe").locator("agent-toolbar[data-state]").waitFor({ state: "attached" });
  }
});

test("a page of the internet reaches a hub in a private network by a permission, and by nothing else", async () => {
  const hub = await startHub({ redis });
  const host = await startHost(hub.url);
  await hub.stop();
  await startHub({ redis, port: hub.port, flags: [`--allowed-origins=${host.url}`] });
  const spaces = `--ip-address-space-overrides=127.0.0.1:${new URL(host.url).port}=public,127.0.0.1:${hub.port}=local`;
  const elsewhere = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", spaces] });
  after(() => elsewhere.close());
  for (const permissions of [[], ["local-network-access"]]) {
    const there = await elsewhere.newContext();
    await there.grantPermissions(permissions);
    const blocked = permissions.length === 0 && there.waitForEvent("requestfailed", (request) => request.url().includes("/embed/v1/"));
    const page = await there.newPage();
    await page.goto(`${host.url}/?agent=public1`);
    if (blocked) await blocked;
    else await toolbar(page).state("ready");
    await there.close();
  }
});

for (const where of ["/", "/supervisor", "/embed/toolbar"]) {
  test(`${where} comes anew when its files are those of another release`, async () => {
    const hub = await startHub();
    let old = 3;
    await context.route(`${hub.url}${where}`, async (route) => {
      const response = await route.fetch();
      const html = await response.text();
      await route.fulfill({ response, body: old-- > 0 ? html.replaceAll(/\/assets\/[0-9a-f]{12}\//g, "/assets/0123456789ab/") : html });
    });
    const page = await context.newPage();
    await page.goto(`${hub.url}${where}`);
    await page.waitForFunction(
      () => sessionStorage.getItem("agenthub.reloads") === null && document.scripts.length > 1 && document.readyState === "complete",
    );
    await page.locator('script[src*="/assets/"]:not([src*="0123456789ab"])').first().waitFor({ state: "attached" });
    assert.ok(old < 0, `${old} pages of the other release were left`);
  });
}

test("a page that somebody has touched is not loaded anew", async () => {
  const hub = await startHub();
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${hub.url}/`);
  const lose = () =>
    page.evaluate(() => {
      const file = document.createElement("link");
      Object.assign(file, { rel: "stylesheet", href: "/assets/0123456789ab/css/page.css" });
      document.head.append(file);
      return new Promise((done) => file.addEventListener("error", done));
    });
  await page.locator("body").press("Tab");
  await lose();
  await page.clock.runFor(120_000);
  await page.evaluate(() => fetch("/healthz")); // what it would have asked for first has come by now
  await page.clock.runFor(120_000);
  assert.equal(await page.evaluate(() => document.querySelectorAll("link[href*='0123456789ab']").length), 1);
});
