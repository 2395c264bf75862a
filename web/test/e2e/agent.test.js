/** One agent's day at the demo desk: the hub with nothing configured, its own page, a mouse and a keyboard. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { browser, cleanUp, open, reflows, sent, startHub, startRelay, toolbar, until } from "./lib.js";

let hub;
let quick;
let chrome;
let context;

before(async () => {
  hub = await startHub({ flags: ["--skip-delay=1s"] });
  quick = await startHub({ flags: ["--reservation-ttl=15s"] });
  chrome = await browser();
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  context = await chrome.newContext();
});

async function desk(agent, { at = hub, lang = "", ...how } = {}) {
  const page = await open(how.in ?? context, `${at.url}/?as=${agent}${lang && `&lang=${lang}`}`, how);
  const bar = toolbar(page);
  await bar.state("ready");
  return { page, ...bar };
}
/** Signed in with a contact that was looked at long enough to be dialled. */
async function reserved(agent, how) {
  const work = await desk(agent, how);
  if ((await work.bar.getAttribute("data-phase")) !== "reserved") await work.button(/Next contact/).click();
  await work.phase("reserved");
  await work.dialable();
  return work;
}
/** One key a second is taken; the page's clock is put on, so that nobody waits for it. */
const nextKey = (page) =>
  page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 1000;
  });
const release = async ({ button, bar, phase }) => {
  await button(/Skip…/).click();
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await phase("skipped");
};

test("a person signs in, gets a contact, dials it and saves the outcome", async () => {
  const page = await open(context, hub.url);
  await page.getByRole("button", { name: /agent1/ }).click();
  const { bar, button, state, phase, status, text } = toolbar(page);
  await state("ready");
  await button(/Next contact/).click();
  await phase("reserved");
  assert.match(await status(), /^Reserved: Contact/);
  assert.match(await bar.getByRole("timer").textContent(), /^[23]:\d\dleft$/);
  const name = await bar.locator("[part=name]").textContent();
  await page.getByRole("heading", { name, exact: true }).waitFor();
  await button(/Dial/).click();
  await phase("dialled");
  await button(/Outcome/).click();
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Save outcome/ }).click();
  await phase("saved");
  assert.match(await text(), /1 dial, 0 skips/);
  assert.deepEqual(page.faults, []);
});

test("testagent finds a contact at sign-in, and skips it by mouse with a reason", async () => {
  const { page, bar, button, phase, status } = await desk("testagent");
  await phase("reserved");
  const name = await bar.locator("[part=name]").textContent();
  await button(/Skip…/).click();
  assert.equal(await bar.getByRole("radio", { checked: true }).count(), 0, "nothing is chosen beforehand");
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await bar.getByText("Choose a reason.").waitFor();
  await bar.getByRole("radio").nth(1).check();
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await phase("skipped");
  assert.equal(await status(), `Skipped. ${name} goes back to the campaign.`);
  const [frame, more] = sent(page, "SkipNonPEWCContact");
  assert.equal(more, undefined);
  assert.ok(frame.data.ContactId && frame.data.Reason && frame.requestId);
  await page.getByText(`You skipped ${name}`).waitFor();
  await page.getByText(`${name} was reserved for you`).waitFor(); // what came before is still there
});

test("by keyboard alone: next, skip, a digit, Enter; the focus ends on Next", async () => {
  const { page, bar, phase } = await desk("agent2");
  await page.keyboard.press("Alt+Shift+KeyN");
  await phase("reserved");
  await nextKey(page);
  await page.keyboard.press("Alt+Shift+KeyS");
  assert.equal(
    await bar
      .getByRole("radio")
      .first()
      .evaluate((node) => node.getRootNode().activeElement === node),
    true,
  );
  await page.keyboard.press("Escape");
  assert.equal(await bar.evaluate((node) => node.shadowRoot.activeElement?.dataset.action), "skip");
  await nextKey(page);
  await page.keyboard.press("Alt+Shift+KeyS");
  await page.keyboard.press("3");
  await page.keyboard.press("Enter");
  await phase("skipped");
  assert.equal(await bar.evaluate((node) => node.shadowRoot.activeElement?.dataset.action), "next");
  assert.equal(sent(page, "SkipNonPEWCContact").length, 1);
});

test("three times Enter, a double click and a held key are one skip, and none lands on Next", async () => {
  const work = await reserved("agent2");
  const { page, bar, button, phase, settled } = work;
  const asked = sent(page, "GetContactOD").length;
  // The page's clock stands still, so that whatever is pressed here is pressed within the 600 ms after the skip.
  await page.evaluate(() => {
    globalThis.realNow = Date.now;
    const now = Date.now();
    Date.now = () => now;
  });
  await button(/Skip…/).click();
  await page.keyboard.press("1");
  for (let i = 0; i < 3; i++) await page.keyboard.press("Enter");
  await phase("skipped");
  assert.equal(await bar.evaluate((node) => node.shadowRoot.activeElement?.dataset.action), "next");
  await page.keyboard.press("Enter");
  await settled();
  assert.equal(sent(page, "SkipNonPEWCContact").length, 1);
  assert.equal(sent(page, "GetContactOD").length, asked, "Enter right after the skip did not ask for the next contact");
  await page.evaluate(() => {
    Date.now = globalThis.realNow;
  });
  await button(/Next contact/).click();
  await phase("reserved");
  await button(/Skip…/).click();
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Skip contact/ }).dblclick();
  await phase("skipped");
  await settled();
  assert.equal(sent(page, "SkipNonPEWCContact").length, 2);
  assert.equal(sent(page, "GetContactOD").length, asked + 1);
});

test("typing in the desktop's fields triggers nothing", async () => {
  const work = await reserved("agent2");
  await work.page.getByRole("textbox", { name: "Call notes" }).fill("");
  await work.page.getByRole("textbox", { name: "Call notes" }).pressSequentially("123sSdDkK nN?");
  for (const key of ["KeyS", "KeyD"]) await work.page.keyboard.press(`Alt+Shift+${key}`);
  await work.settled();
  assert.equal(await work.bar.getAttribute("data-phase"), "reserved");
  assert.equal(await work.bar.getByRole("radio").count(), 0);
  assert.equal(await work.bar.getByRole("region", { name: "Keyboard shortcuts" }).count(), 0);
  await release(work);
});

test("a question mark in the bar lists its keys, and takes the list away again", async () => {
  const work = await reserved("agent2");
  const { page, bar, button } = work;
  const list = bar.getByRole("region", { name: "Keyboard shortcuts" });
  const focused = () => bar.evaluate((node) => node.shadowRoot.activeElement?.dataset.action ?? node.shadowRoot.activeElement?.className);
  await page.keyboard.press("Alt+Shift+KeyL");
  await page.keyboard.press("?");
  await list.waitFor();
  assert.match(await list.innerText(), /Skip\s+Alt\+Shift\+S/);
  await page.keyboard.press("Escape");
  assert.equal(await list.count(), 0);
  assert.equal(await focused(), "work");
  await button(/Skip…/).focus();
  await page.keyboard.press("?");
  await list.waitFor();
  await page.keyboard.press("?");
  await list.waitFor({ state: "detached" });
  assert.equal(await focused(), "skip");
  await release(work);
});

test("while Keep is asked the open panel is frozen: nothing pressed in it is lost, and Esc leaves it open", async () => {
  const work = await reserved("agent2");
  const { page, bar, button } = work;
  await button(/Skip…/).click();
  await page.keyboard.press("1");
  await bar.evaluate((node) => {
    const { hub } = node;
    const answered = new Promise((done) => {
      globalThis.answer = done;
    });
    const ask = hub.request.bind(hub);
    hub.request = async (subtopic, ...rest) => {
      if (subtopic === "Extend") await answered;
      return ask(subtopic, ...rest);
    };
  });
  await button(/^Keep(?! contact)/).click();
  const yes = button(/Skip contact/);
  assert.equal(await yes.getAttribute("aria-disabled"), "true");
  await bar.getByRole("radio").first().focus();
  await page.keyboard.press("Escape");
  assert.equal(await yes.count(), 1);
  await page.evaluate(() => globalThis.answer());
  await bar.locator('.panel button[aria-disabled="false"]').first().waitFor();
  await yes.click();
  await work.phase("skipped");
});

test("Keep gives more time, as the hub says", async () => {
  const work = await reserved("agent2");
  const before = await work.bar.evaluate((node) => node.hub.snapshot.reservation.reservedUntil);
  await work.button(/Keep/).click();
  await until(async () => (await work.bar.evaluate((node) => node.hub.snapshot.reservation.reservedUntil)) > before, "a later deadline");
  await release(work);
});

test("time runs out: the contact goes, and it is said that nothing was recorded as a skip", async () => {
  const { page, bar, button, phase, status } = await desk("agent1", { at: quick });
  await button(/Next contact/).click();
  await phase("reserved");
  await button(/Skip…/).click();
  await phase("expired");
  assert.match(await status(), /ran out. Nothing was recorded as a skip/);
  assert.equal(await bar.getByRole("radio").count(), 0, "the panel is closed");
  assert.equal(sent(page, "SkipNonPEWCContact").length, 0);
  await bar.locator('[data-action=next][aria-disabled="false"]').waitFor();
});

test("another browser takes over, and this one can take it back", async () => {
  const first = await reserved("agent2");
  const elsewhere = await chrome.newContext();
  const second = await desk("agent2", { in: elsewhere });
  await first.state("superseded");
  for (const action of [/Dial/, /Skip…/, /Keep/]) assert.equal(await first.button(action).getAttribute("aria-disabled"), "true");
  assert.match(await first.text(), /You are working in another window since/);
  await first.button("Use here").click();
  await first.state("ready");
  await second.state("superseded");
  await elsewhere.close();
  await release(first);
});

test("three tabs share one socket; the leader closes in mid-request and the answer still comes", async () => {
  const sockets = [];
  context.on("page", (page) => page.on("websocket", (socket) => sockets.push({ socket, page })));
  const relay = await startRelay(hub.port);
  const tabs = [];
  for (let i = 0; i < 3; i++) tabs.push(await desk("agent3", { at: relay }));
  assert.equal(sockets.length, 1);
  await tabs[2].button(/Next contact/).click();
  for (const tab of tabs) await tab.phase("reserved");
  const names = await Promise.all(tabs.map(({ bar }) => bar.locator("[part=name]").textContent()));
  assert.equal(new Set(names).size, 1, "all show the same contact");
  await tabs[2].button(/Skip…/).click();
  await tabs[2].bar.getByRole("radio").first().check();
  relay.deafen(); // the skip reaches the hub, its answer nobody
  await tabs[2].bar.getByRole("button", { name: /Skip contact/ }).click();
  await until(() => sent(tabs[0].page, "SkipNonPEWCContact").length, "the leader sends for the other tab");
  // The note of a skip is there for six seconds only, so the other tab is watched from now on.
  const told = Promise.all([Promise.any(["skipped", "gone"].map((phase) => tabs[1].phase(phase))), tabs[2].phase("skipped")]);
  await tabs[0].page.close();
  await told;
  await tabs[1].state("ready");
  await tabs[2].state("ready");
  assert.equal(sockets.filter(({ socket, page }) => !page.isClosed() && !socket.isClosed()).length, 1);
  const ids = new Set(tabs.flatMap(({ page }) => sent(page, "SkipNonPEWCContact")).map(({ requestId }) => requestId));
  assert.equal(ids.size, 1);
});

test("320 pixels, text of 200 %, both, and from right to left: nothing is cut and nothing scrolls sideways", async () => {
  const work = await reserved("agent2");
  const { page, button, bar } = work;
  await reflows(page);
  await button(/Skip…/).click();
  await reflows(page);
  const small = await bar.evaluate(
    (node) =>
      [...node.shadowRoot.querySelectorAll("button")].filter(
        (part) => part.checkVisibility() && (part.clientHeight < 24 || part.clientWidth < 24),
      ).length,
  );
  assert.equal(small, 0);
});

test("every word is translated: Spanish, and the pseudo-locale leaves nothing plain", async () => {
  const spanish = await desk("agent1", { lang: "es_MX" }); // as some pages spell it
  await spanish.button("Siguiente contacto").click();
  await spanish.phase("reserved");
  await spanish.button(/Omitir…/).click();
  await spanish.bar.getByRole("radio", { name: "No es buen momento para llamar", exact: true }).check();
  await spanish.bar.getByRole("button", { name: "Omitir contacto", exact: true }).click();
  await spanish.phase("skipped");
  await spanish.page.close();
  const { page, bar, phase } = await desk("agent1", { lang: "en-XA" });
  await page.keyboard.press("Alt+Shift+KeyN");
  await phase("reserved");
  await nextKey(page);
  await page.keyboard.press("Alt+Shift+KeyS");
  const plain = await bar.evaluate((node) => {
    const data = new Set(node.hub.snapshot.skipReasons.map(({ label }) => label));
    const own = [".who", "kbd", ".count", ".sr", ".timer strong"];
    const walker = document.createTreeWalker(node.shadowRoot, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (!textContent.trim() || !parentElement.checkVisibility() || own.some((css) => parentElement.closest(css)) || data.has(textContent))
        continue;
      if (!textContent.includes("[")) found.push(textContent);
    }
    return found;
  });
  assert.deepEqual(plain, []);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0);
});

test("nothing moves while the page comes up, and no word is shown before the words are there", async () => {
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.moved = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.moved += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  let come;
  const words = new Promise((resolve) => {
    come = resolve;
  });
  await page.route("**/i18n/en.js", async (route) => {
    await words;
    await route.continue();
  });
  await page.goto(`${hub.url}/?as=agent3`);
  await toolbar(page).state("ready");
  assert.equal((await toolbar(page).text()).trim(), "");
  come();
  await toolbar(page)
    .button(/Next contact/)
    .waitFor();
  await page.waitForTimeout(500);
  assert.ok((await page.evaluate(() => globalThis.moved)) < 0.01);
});
