/** Every state of both pages, in light and in dark, against WCAG 2.2 AA and axe's best practices: nothing may be found. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { axe, browser, cleanUp, open, startHub, startRelay, toolbar } from "./lib.js";

let hub;
let quick;
let relay;
let chrome;
let context;

before(async () => {
  hub = await startHub({ flags: ["--skip-delay=1s", "--skip-limit=1", "--grace=5m"] });
  quick = await startHub({ flags: ["--reservation-ttl=35s"] });
  relay = await startRelay(hub.port);
  chrome = await browser();
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  relay.target = hub.port;
  // Without movement, so that no colour is looked at half way.
  context = await chrome.newContext({ reducedMotion: "reduce" });
});

const clean = async (page, state) => {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await axe(page), [], `${state}, ${colorScheme}`);
  }
};

test("the desk and the toolbar in every state", async () => {
  // The note of a skip goes after six seconds; here it stays until it was looked at.
  await context.addInitScript(() => {
    const later = globalThis.setTimeout;
    globalThis.setTimeout = (then, wait, ...more) => (wait === 6000 ? 0 : later(then, wait, ...more));
  });
  const page = await open(context, relay.url);
  await page.getByRole("button", { name: /agent1/ }).waitFor();
  await clean(page, "sign-in");
  await page.getByRole("button", { name: /agent1/ }).click();
  const { bar, button, phase, state } = toolbar(page);
  await state("ready");
  await clean(page, "ready");
  await button(/Next contact/).click();
  await phase("reserved");
  await clean(page, "reserved");
  await button(/Skip…/).focus();
  await page.keyboard.press("?");
  await bar.getByRole("region", { name: "Keyboard shortcuts" }).waitFor();
  await clean(page, "list of shortcuts");
  await page.keyboard.press("Escape");
  await button(/Skip…/).click();
  await clean(page, "skip panel");
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await clean(page, "skip panel without a choice");
  await button(/Keep(?! contact)/).click();
  const needsNote = await bar.evaluate((node) => node.hub.snapshot.skipReasons.findIndex((reason) => reason.needsNote));
  if (needsNote >= 0) {
    await bar.getByRole("radio").nth(needsNote).check();
    await clean(page, "skip panel with a note");
  }
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await phase("skipped");
  await clean(page, "skipped");
  await phase("skipped");
  await button(/Next contact/).click();
  await phase("reserved");
  relay.target = null;
  relay.cut();
  await bar
    .getByText(/Connection lost/)
    .first()
    .waitFor();
  await clean(page, "reconnecting with a contact");
  relay.target = hub.port;
  await bar.evaluate((node) => node.hub.retry());
  await state("ready");
  await button(/Dial/).click();
  await phase("dialled");
  await clean(page, "dialled");
  await button(/Outcome/).click();
  await clean(page, "outcome panel");
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Save outcome/ }).click();
  await phase("saved");
  await clean(page, "saved");
  const elsewhere = await chrome.newContext();
  await toolbar(await open(elsewhere, `${relay.url}/?as=agent1`)).state("ready");
  await state("superseded");
  await clean(page, "superseded");
  await elsewhere.close();
  assert.deepEqual(page.faults, []);
});

test("little time left, and time that ran out", async () => {
  const page = await open(context, `${quick.url}/?as=agent2`);
  const { bar, button, phase, state } = toolbar(page);
  await state("ready");
  await button(/Next contact/).click();
  await phase("reserved");
  await bar.locator(".timer[data-tone=warn]").waitFor();
  await clean(page, "little time left");
  await phase("expired");
  await clean(page, "expired");
});

test("the supervisors' page: at rest, filtered, paused with news, with a gap, with the agent's panel, empty", async () => {
  const page = await open(context, `${relay.url}/supervisor`);
  await page.getByRole("button", { name: /supervisor/ }).waitFor();
  await clean(page, "sign-in");
  await page.getByRole("button", { name: /supervisor/ }).click();
  await page.locator("#live[data-tone=ok]").waitFor();
  await page.locator("table.feed tbody tr").first().waitFor();
  await page.locator("section[aria-label='Agents on line'] :is(tbody tr, .empty:not([hidden]))").first().waitFor();
  await page
    .locator(".counters dd", { hasText: /^of \d+$/ })
    .first()
    .waitFor();
  await clean(page, "live");
  await page.getByText("Show the numbers").click();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await clean(page, "paused");
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.locator("table.feed tbody button").first().click();
  await page.getByRole("complementary").waitFor();
  await clean(page, "agent panel");
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox").fill("nothing matches this");
  await page.getByText("Nothing matches these filters yet.").waitFor();
  await clean(page, "empty");
  relay.target = null;
  relay.cut();
  await page.locator("#live[data-tone=warn]").waitFor();
  await clean(page, "reconnecting");
});

test("axe finds a fault that was put there", async () => {
  const page = await open(context, `${relay.url}/?as=agent3`);
  const { bar, state } = toolbar(page);
  await state("ready");
  await bar.evaluate((node) => {
    node.shadowRoot.querySelector("[part=note]").style.color = "#ccc";
  });
  assert.ok((await axe(page)).some((fault) => fault.startsWith("color-contrast")));
});
