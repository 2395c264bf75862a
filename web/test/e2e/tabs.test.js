/** Several tabs of one agent, when the one with the socket stands still, is frozen, or is put away for the way back; and no socket at all. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { browser, cleanUp, open, sent, startHub, toolbar, until } from "./lib.js";

let hub;
let chrome;
let context;

before(async () => {
  hub = await startHub({ flags: ["--skip-delay=1s"] });
  chrome = await browser();
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  context = await chrome.newContext();
});

/** Two tabs with one contact; the first has the socket. */
async function two(agent) {
  const tabs = [];
  for (let i = 0; i < 2; i++) {
    const page = await open(context, `${hub.url}/?as=${agent}`);
    tabs.push({ page, ...toolbar(page) });
    await tabs[i].state("ready");
  }
  const [first, second] = tabs;
  await second.button(/Next contact/).click();
  for (const tab of tabs) await tab.phase("reserved");
  assert.deepEqual(await Promise.all(tabs.map(leads)), [true, false]);
  return { first, second };
}
const leads = ({ bar }) => bar.evaluate((node) => node.hub.leads);
const skip = async ({ bar, button }) => {
  await button(/Skip…/).click();
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Skip contact/ }).click();
};

test("the leading tab shows an alert: a skip in the other one is answered, and the first finds out", async () => {
  const { first, second } = await two("agent1");
  const dialog = first.page.waitForEvent("dialog");
  const alerted = first.page.evaluate(() => alert("The CRM wants to be looked at."));
  const box = await dialog;
  await skip(second);
  await second.phase("skipped");
  assert.equal(await leads(second), true);
  const [frame, more] = sent(second.page, "SkipNonPEWCContact");
  assert.ok(frame && !more);
  await box.accept();
  await alerted;
  await first.state("ready");
  await until(async () => (await first.bar.getAttribute("data-phase")) !== "reserved", "the first tab without the contact");
  assert.deepEqual(await Promise.all([first, second].map(leads)), [false, true]);
  assert.equal(sent(first.page, "SkipNonPEWCContact").length, 0, "what lay there is not sent late");
});

test("the leading tab shows an alert: without a hand on it, the other one says that it lost the hub, and leads", async () => {
  const { first, second } = await two("agent2");
  await second.bar.evaluate((node) => {
    globalThis.states = [];
    node.addEventListener("lcm:state", ({ detail }) => globalThis.states.push(`${detail.state} ${detail.cause}`));
  });
  const dialog = first.page.waitForEvent("dialog");
  const alerted = first.page.evaluate(() => alert("?"));
  const box = await dialog;
  await until(() => leads(second), "the second tab leads");
  await second.state("ready");
  assert.equal((await second.page.evaluate(() => globalThis.states))[0], "reconnecting silent");
  await second.phase("reserved");
  await box.accept();
  await alerted;
  await skip(second);
  await second.phase("skipped");
});

test("the leading tab is frozen: its socket is closed, the other one leads; it wakes and follows", async () => {
  const { first, second } = await two("agent3");
  const sockets = [];
  second.page.on("websocket", (socket) => sockets.push(socket));
  // Chromium freezes hidden pages only, and none is hidden without a screen: the page is told what it would be told.
  const happens = (name) => first.page.evaluate((event) => document.dispatchEvent(new Event(event)), name);
  await happens("freeze");
  await until(() => leads(second), "the second tab leads");
  await second.state("ready");
  assert.equal(sockets.length, 1);
  await skip(second);
  await second.phase("skipped");
  await happens("resume");
  await first.state("ready");
  assert.equal(await leads(first), false);
  assert.notEqual(await first.bar.getAttribute("data-phase"), "reserved");
});

test("the only tab leaves the page: its socket is closed at once, and on the way back it holds its contact again", async () => {
  const page = await open(context, `${hub.url}/?as=agent1`);
  const work = { page, ...toolbar(page) };
  await work.state("ready");
  await work.button(/Next contact/).click();
  await work.phase("reserved");
  const socket = await page.evaluate(() => document.querySelector("agent-toolbar").hub.snapshot.session);
  await page.evaluate(() => {
    addEventListener("pageshow", ({ persisted }) => {
      globalThis.kept = persisted;
    });
  });
  await page.goto(`${hub.url}/healthz`);
  await page.goBack();
  const again = toolbar(page);
  await again.state("ready");
  await again.phase("reserved");
  assert.notEqual(await page.evaluate(() => document.querySelector("agent-toolbar").hub.snapshot.session), socket);
  await skip(work);
  await again.phase("skipped");
});

test("a network that lets no WebSocket through is named on both pages, with the address to ask for", async () => {
  await context.addInitScript(() => {
    globalThis.WebSocket = class {
      constructor() {
        setTimeout(() => this.onclose({ code: 1006, reason: "" }));
      }
      close() {}
    };
  });
  for (const at of ["/?as=agent1", "/supervisor?as=supervisor"]) {
    const page = await open(context, hub.url + at);
    await page
      .getByText(`lets no WebSocket through. Ask those who run it to allow ${hub.url.replace("http", "ws")}/ws`)
      .first()
      .waitFor();
  }
});
