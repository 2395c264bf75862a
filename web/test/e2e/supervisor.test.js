/** The supervisors' page on a real hub, with agents at work on it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import { addressed, api, axe, browser, cleanUp, demoToken, fakeDesktop, open, reflows, startHub, toolbar, until } from "./lib.js";

let hub;
let chrome;
let context;
let agents;
let token;

before(async () => {
  hub = await startHub({ flags: ["--skip-delay=1s", "--skip-limit=1"] });
  chrome = await browser();
  token = await demoToken(hub.url, "supervisor", "supervisor");
  agents = {};
  for (const agent of ["agent1", "agent2"]) {
    const page = await open(await chrome.newContext(), `${hub.url}/?as=${agent}`);
    await toolbar(page).state("ready");
    agents[agent] = page;
    await skip(agent); // so that there is something in the past, whichever test comes first
  }
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  // Without movement, so that no colour is looked at half way.
  context = await chrome.newContext({ acceptDownloads: true, reducedMotion: "reduce" });
  // Lets a test say something to the page as the hub would, on the page's own socket.
  await context.addInitScript(() => {
    const Real = globalThis.WebSocket;
    globalThis.WebSocket = class extends Real {
      constructor(...args) {
        super(...args);
        globalThis.socket = this;
      }
    };
  });
});

const watch = async (query = "") => {
  const page = await open(context, `${hub.url}/supervisor?as=supervisor${query}`);
  await settled(page);
  return page;
};
/** Connected, subscribed, and the past is there. */
const settled = async (page) => {
  await page.locator("#live[data-tone=ok]").waitFor();
  await page.locator(".feed-box[aria-busy=false]").waitFor();
};
const rows = (page) => page.locator("table.feed tbody tr:not(.gap):visible");
/** The page asks for the figures once a minute, if nothing happens. */
const ASKED_AGAIN = 120_000;
const clean = async (page) => assert.deepEqual(await axe(page), []);
/** Real work through the agent's own client: n contacts reserved and skipped. */
const skip = (agent, n = 1, reason = "wrong_details") =>
  agents[agent].evaluate(
    async ([count, Reason]) => {
      const { hub } = document.querySelector("agent-toolbar");
      for (let i = 0; i < count; i++) {
        const { message } = await hub.request("GetContactOD");
        await hub.request("SkipNonPEWCContact", { ContactId: message.response.ContactId, Reason });
      }
    },
    [n, reason],
  );
const say = (page, envelopes) =>
  page.evaluate((list) => {
    for (const envelope of list) socket.onmessage({ data: JSON.stringify(envelope) });
  }, envelopes);

/** Events as the hub would push them, newer than all that it has. */
const made = (n, more = () => ({})) =>
  Array.from({ length: n }, (_, i) => ({
    channel: "HUB",
    topic: "Skips",
    subtopic: "Event",
    message: {
      id: `${Date.now()}-${i}`,
      seq: 1e12 + i,
      type: "dial",
      at: new Date().toISOString(),
      agent: "made",
      actor: "made",
      campaign: "spring",
      contactId: "made",
      phone: "",
      reason: "",
      note: "",
      heldMs: 0,
      skips: 0,
      node: "n",
      ...more(i),
    },
  }));
/** Holds the page's next question for the past back. @returns what lets it go on */
const hold = async (page, pattern) => {
  let go;
  let read;
  const held = new Promise((resolve) => {
    go = resolve;
  });
  const asked = new Promise((resolve) => {
    read = resolve;
  });
  let n = 0;
  await page.route(pattern, async (route) => {
    n++;
    const response = await route.fetch();
    read();
    await held;
    await route.fulfill({ response });
  });
  return { asked, go, count: () => n };
};

test("a skip is on the page at once, with agent, campaign, reason and four digits", async () => {
  const page = await watch("&type=skip");
  const before = await rows(page).count();
  await skip("agent1");
  await until(async () => (await rows(page).count()) === before + 1, "the row");
  const words = await rows(page).first().innerText();
  assert.match(words, /Skipped\s+agent1/);
  assert.match(words, /•••\d{4}/);
  assert.doesNotMatch(words, /555/);
  assert.deepEqual(page.faults, []);
});

test("filters are in the address, survive a reload and the back button", async () => {
  await skip("agent1");
  await skip("agent2");
  const page = await watch();
  await page.getByRole("combobox", { name: "Agent" }).selectOption("agent2");
  await page.getByRole("combobox", { name: "What" }).selectOption("skip");
  await addressed(page, /agent=agent2.*type=skip/);
  const only = async () => {
    const words = await rows(page).allInnerTexts();
    return words.length > 0 && words.every((row) => /Skipped\s+agent2/.test(row));
  };
  await until(only, "agent2's skips alone");
  await page.goto(`${page.url()}&as=supervisor`);
  await settled(page);
  await until(only, "the same after opening the link");
  await page.getByRole("combobox", { name: "Agent" }).selectOption("agent1");
  const others = async () => (await rows(page).filter({ hasText: "agent1" }).count()) > 0 && !(await only());
  await until(others, "agent1");
  await page.goBack();
  await until(only, "back to agent2");
  await settled(page);
  const count = await rows(page).count();
  await skip("agent1");
  await skip("agent2");
  await until(async () => (await rows(page).count()) === count + 1, "the live feed keeps to the filter");
});

test("what happens while the past is on its way is in the list", async () => {
  const page = await watch("&type=skip&agent=agent1");
  const count = await rows(page).count();
  let read = false;
  let answer;
  const held = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route(/\/skips\?/, async (route) => {
    const response = await route.fetch();
    read = true;
    await held;
    await route.fulfill({ response });
  });
  await page.getByRole("combobox", { name: "Last" }).selectOption("24h");
  await until(() => read, "the past was read");
  await skip("agent1");
  await until(async () => (await rows(page).count()) === count + 1, "the row");
  answer();
  await settled(page);
  assert.equal(await rows(page).count(), count + 1);
});

test("paused, new rows wait and are counted; resuming shows them", async () => {
  const page = await watch("&type=skip");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await addressed(page, /paused=1/);
  const count = await rows(page).count();
  await skip("agent1", 3);
  const button = page.getByRole("button", { name: /3 new while paused/ });
  await button.waitFor();
  assert.equal(await rows(page).count(), count);
  await button.click();
  await until(async () => (await rows(page).count()) === count + 3, "the three rows");
});

test("the space bar pauses in the feed, a slash goes to the search, and typing searches", async () => {
  const page = await watch();
  await page.locator(".feed-box").focus();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Resume", exact: true }).waitFor();
  await page.keyboard.press("Space");
  await page.keyboard.press("/");
  await page.keyboard.type("demo-001");
  await until(async () => (await rows(page).count()) <= 3, "few rows");
  await addressed(page, /q=demo-001/);
});

test("a gap is a row of its own and leads back to what can be had", async () => {
  const page = await watch();
  await say(page, [{ channel: "HUB", topic: "Skips", subtopic: "Gap", message: { from: "1-0", to: "2-0", cause: "trimmed" } }]);
  await page.getByText("Events are missing here").waitFor();
  await page.getByRole("button", { name: "Load them" }).click();
  await page.getByText("are missing here").waitFor({ state: "detached" });
});

const gapped = (from, to, cause = "trimmed") => ({ channel: "HUB", topic: "Skips", subtopic: "Gap", message: { from, to, cause } });
/** What stands in the feed, from the top: the numbers of events, and gaps. */
const order = (page) => page.locator("table.feed tbody tr").evaluateAll((list) => list.map((row) => Number(row.dataset.seq) || "gap"));

test("a gap that is told of while the past is on its way stays, above what is older", async () => {
  await skip("agent1", 2);
  const page = await watch("&type=skip");
  const { events } = await api(hub.url, token, "GET", "/skips?type=skip&limit=3");
  const past = await hold(page, /\/skips\?/);
  await page.getByRole("combobox", { name: "Last" }).selectOption("24h");
  await past.asked;
  await say(page, [gapped(events[2].id, events[1].id), ...made(1)]);
  past.go();
  await settled(page);
  await until(async () => (await order(page))[0] === 1e12, "what came after the gap");
  assert.deepEqual((await order(page)).slice(0, 4), [1e12, events[0].seq, "gap", events[1].seq]);
});

test("paused, a gap waits among the events where it was told of", async () => {
  const page = await watch();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const [before, after] = made(2);
  await say(page, [before, gapped(before.message.id, "2-0", "rolled_back"), { ...after, message: { ...after.message, seq: 7 } }]);
  await page.getByRole("button", { name: /2 new while paused/ }).waitFor();
  assert.equal((await order(page)).includes("gap"), false);
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await until(async () => (await order(page)).includes("gap"), "the gap");
  assert.deepEqual((await order(page)).slice(0, 3), [7, "gap", 1e12]);
});

test("the CSV holds the rows of the filter, no more and no less", async () => {
  const page = await watch("&agent=agent2&type=skip");
  assert.ok((await rows(page).count()) > 0);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
  const text = await readFile(await download.path(), "utf8");
  assert.ok(text.startsWith("\ufeffid,seq,type,at,agent,actor,campaign,contactId,phone,reason,note,heldMs,skips,node"));
  const lines = text.trim().split(/\r?\n/).slice(1);
  const inFile = lines.map((line) => line.split(",")[1]).sort();
  const onPage = (await rows(page).evaluateAll((list) => list.map((row) => row.dataset.seq))).sort();
  assert.deepEqual(onPage, inFile);
  assert.doesNotMatch(page.url(), /token|eyJ/);
});

test("older rows come by cursor", async () => {
  await skip("agent1", 60);
  const page = await watch();
  // An alert about all these skips may come on top of the hundred at any moment.
  const first = await rows(page).count();
  assert.ok(first >= 100 && first <= 110, `${first} rows at once`);
  await page.getByRole("button", { name: "Load older" }).click();
  await until(async () => (await rows(page).count()) > first + 10, "older ones");
  const order = await rows(page).evaluateAll((list) => list.map((row) => Number(row.dataset.seq)));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => b - a),
  );
  assert.equal(new Set(order).size, order.length);
});

test("older rows go on where the last one was trimmed, once, and not under another filter", async () => {
  // Only if need be: the demo has a campaign with so many contacts and no more.
  if (!(await api(hub.url, token, "GET", "/skips?limit=100")).next) await skip("agent1", 60);
  const page = await watch();
  await say(page, made(150));
  await until(async () => (await rows(page).count()) === 200, "as many rows as there may be");
  const real = () => rows(page).evaluateAll((list) => list.map((row) => Number(row.dataset.seq)).filter((seq) => seq < 1e12));
  const before = await real();
  const older = await hold(page, /\/skips\?.*cursor=/);
  const button = page.getByRole("button", { name: "Load older" });
  await button.dblclick();
  await older.asked;
  await say(
    page,
    made(150, (i) => ({ seq: 2e12 + i })),
  );
  older.go();
  await until(async () => (await real()).length > before.length, "older ones");
  await say(
    page,
    made(1, () => ({ seq: 3e12 })),
  );
  await page.locator('tr[data-seq="3000000000000"]').waitFor();
  assert.ok((await real()).length > before.length, "a new row pushes one out, not all that came meanwhile");
  assert.equal(older.count(), 1);
  const after = await real();
  const all = [];
  for (let cursor = ""; all.length === 0 || cursor; ) {
    const { events, next } = await api(hub.url, token, "GET", `/skips?limit=100${cursor && `&cursor=${cursor}`}`);
    all.push(...events.map(({ seq }) => seq));
    cursor = all.length < 300 ? next : "";
  }
  const from = all.indexOf(after[0]);
  assert.deepEqual(after, all.slice(from, from + after.length), "none is missing, none is there twice");

  const late = await hold(page, /\/skips\?.*cursor=/);
  await button.click();
  await late.asked;
  await page.getByRole("combobox", { name: "Agent" }).selectOption("agent2");
  await settled(page);
  const filtered = await rows(page).count();
  const answered = page.waitForResponse(/\/skips\?.*cursor=/);
  late.go();
  await (await answered).finished();
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  assert.equal(await rows(page).count(), filtered);
});

test("figures and chart tell what happened, and a table says the same", async () => {
  await skip("agent1", 12);
  const page = await watch();
  const told = async () => Number(await page.locator(".counters dd").first().textContent());
  const skips = await until(async () => (await told()) >= 12 && told(), "the skips of the last five minutes", ASKED_AGAIN);
  await page.getByText("Show the numbers").click();
  const table = await page.locator("rate-chart tbody td:first-of-type").allInnerTexts();
  const sum = table.reduce((total, n) => total + Number(n), 0);
  assert.ok(sum >= skips, `${sum} in the table, ${skips} in five minutes`);
  await page.locator(".top-list li", { hasText: "agent1" }).waitFor({ timeout: ASKED_AGAIN });
});

test("the agents' table has a head that stays one, and nothing of it is cut off at 1280 pixels", async () => {
  await skip("agent1", 1);
  const page = await watch();
  await page.setViewportSize({ width: 1280, height: 900 });
  const table = page.locator("table.team");
  await table.locator("tbody tr").first().waitFor({ timeout: ASKED_AGAIN });
  const found = await table.evaluate((node) => {
    const box = node.parentElement;
    box.style.maxHeight = "4.5rem"; // as thirty agents would fill it
    box.scrollTop = 30;
    box.scrollIntoView({ block: "center" });
    const cells = [...node.tHead.rows[0].cells];
    const onTop = cells.map((cell) => {
      const { left, top, width, height } = cell.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2)?.closest("thead") !== null;
    });
    return { cut: box.scrollWidth - box.clientWidth, scrolled: box.scrollTop > 0, onTop, heads: cells.map(({ localName }) => localName) };
  });
  assert.deepEqual(found, { cut: 0, scrolled: true, onTop: Array(7).fill(true), heads: Array(7).fill("th") });
});

test("a refusal is in sight, wherever on the page the button was", async () => {
  await agents.agent1.evaluate(() => document.querySelector("agent-toolbar").hub.request("GetContactOD"));
  const page = await watch();
  await page.route("**/api/v1/agents/*/reservation", (route) =>
    route.fulfill({ status: 409, contentType: "application/problem+json", json: { detail: "The call has begun." } }),
  );
  const back = page.getByRole("button", { name: "Take back" }).first();
  await back.waitFor({ timeout: ASKED_AGAIN });
  await page.setViewportSize({ width: 1280, height: 500 });
  await back.click();
  await page.getByRole("button", { name: "Really?" }).click();
  const told = page.getByText("That did not work: The call has begun.");
  await told.waitFor();
  const seen = await told.evaluate((node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === node;
  });
  assert.equal(seen, true);
  await skip("agent1", 1);
});

test("more alerts than fit are counted, shown, and acknowledged at once; so are reviews", async () => {
  const page = await watch();
  const alerts = Array.from({ length: 58 }, (_, i) => ({
    ...{ id: `a${i}`, kind: "burst", subject: `agent${i}`, campaign: "spring", agent: `agent${i}`, value: 9, limit: 5, n: 9 },
    ...{ since: "2026-01-05T10:00:00Z", clearedAt: "", ackedBy: "", ackedAt: "", seq: i },
  }));
  const reviews = Array.from({ length: 754 }, (_, i) => ({
    ...{ contactId: `r${i}`, campaignId: "spring", since: "2026-01-05T10:00:00Z", reason: "skips", skips: 5, attempts: 0, phone: "0100" },
  }));
  await page.route("**/api/v1/alerts", (route) => route.fulfill({ json: { alerts } }));
  await page.route("**/api/v1/alerts/*/ack", (route) => {
    const { ackedBy } = Object.assign(
      alerts.find(({ id }) => route.request().url().includes(`/${id}/`)),
      { ackedBy: "supervisor" },
    );
    return route.fulfill({ status: ackedBy ? 204 : 404 });
  });
  await page.route("**/api/v1/reviews?*", (route) => {
    const limit = Number(new URL(route.request().url()).searchParams.get("limit"));
    return route.fulfill({ json: { reviews: reviews.slice(0, limit), next: limit < reviews.length ? "more" : "" } });
  });
  const rows = page.locator(".alerts li");
  await page.getByText("6 of 58 shown").waitFor({ timeout: ASKED_AGAIN });
  await page.getByRole("button", { name: "Show all", exact: true }).click();
  assert.equal(await rows.count(), 58);
  await clean(page);
  await page.getByRole("button", { name: "Acknowledge all" }).click();
  await page.getByRole("button", { name: "Really?" }).click();
  await until(() => alerts.every(({ ackedBy }) => ackedBy), "all are acknowledged");
  await page.getByRole("button", { name: "Acknowledge all" }).waitFor({ state: "hidden", timeout: ASKED_AGAIN });
  await page.getByText("The first 100 are shown").waitFor({ timeout: ASKED_AGAIN });
  await page.getByRole("button", { name: "Load more" }).click();
  await until(async () => (await page.locator(".reviews li").count()) === 200, "two hundred of them");
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/alerts.png`, fullPage: true });
});

test("the chart is split by reason or campaign, and its table with it", async () => {
  await skip("agent1", 2);
  await skip("agent2", 1, "bad_time");
  const page = await watch();
  await page.getByText("Show the numbers").click();
  const heads = () => page.locator("rate-chart thead th").allInnerTexts();
  await until(async () => (await heads()).length === 3, "time, skips, ended");
  await page.getByRole("button", { name: "By reason" }).click();
  await until(async () => (await heads()).length >= 5, "a column for each reason", ASKED_AGAIN);
  await addressed(page, /by=reason/);
  const legend = await page.locator("rate-chart .legend li").allInnerTexts();
  assert.deepEqual((await heads()).slice(1, -2), legend, "largest first, as in the legend");
  const sums = await page
    .locator("rate-chart tbody tr")
    .evaluateAll((list) => list.map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent))));
  for (const figures of sums)
    assert.equal(
      figures.slice(0, -2).reduce((a, b) => a + b, 0),
      figures.at(-2),
      "the parts are all skips",
    );
  await clean(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await clean(page);
  await page.getByRole("button", { name: "By campaign" }).click();
  await until(async () => (await heads()).length === 4 && (await heads())[1] !== legend[0], "the demo's one campaign", ASKED_AGAIN);
  await page.goBack();
  await page.getByRole("button", { name: "By reason", pressed: true }).waitFor();
  assert.deepEqual(page.faults, []);
});

test("what is unusual is an alert; who has seen it is told to everybody", async () => {
  await skip("agent1", 5);
  const page = await watch();
  const alert = page.locator(".alerts li", { hasText: "agent1 skipped" }).first();
  await alert.waitFor();
  await clean(page);
  await alert.getByRole("button", { name: "Acknowledge" }).click();
  await page
    .locator(".alerts li", { hasText: /seen by \S+/ })
    .first()
    .waitFor();
  const { alerts } = await api(hub.url, token, "GET", "/alerts");
  assert.ok(alerts.some(({ ackedBy }) => ackedBy));
});

test("an alert is told on the desktop of who asked for that and looks elsewhere", async () => {
  await context.addInitScript(fakeDesktop);
  const page = await watch();
  const message = { id: "9999999999999-0", seq: 1_000_000, type: "alert", at: new Date().toISOString(), agent: "agent1", actor: "hub" };
  Object.assign(message, { campaign: "spring", contactId: "", phone: "", reason: "burst", note: "5 skips in 1m0s", heldMs: 0, skips: 0 });
  const alert = (seq) => say(page, [{ channel: "HUB", topic: "Skips", subtopic: "Event", message: { ...message, seq } }]);
  await alert(1_000_000);
  await page.locator("tr[data-seq='1000000']").waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.told), [], "nobody asked for it yet");
  await page.getByRole("button", { name: "Desktop alerts", pressed: false }).click();
  await page.getByRole("button", { name: "Desktop alerts", pressed: true }).waitFor();
  await alert(1_000_001);
  await until(() => page.evaluate(() => globalThis.told.length), "the notification");
  assert.deepEqual(await page.evaluate(() => globalThis.told), ["Alerts spring: 5 skips in 1m0s"]);
});

test("who listens to the page is told what is new in one sentence, if asked for", async () => {
  const page = await watch();
  const status = page.getByRole("status");
  const before = await rows(page).count();
  await skip("agent1", 2);
  await until(async () => (await rows(page).count()) >= before + 4, "two contacts reserved and skipped");
  assert.equal(await status.textContent(), "");
  await page.getByRole("button", { name: "Spoken summary", pressed: false }).click();
  await skip("agent2", 2);
  await until(async () => /^[12] new skips?, [12] by agent2$/.test(await status.textContent()), "the sentence");
});

test("an agent's side panel opens from a row, and the focus goes back there", async () => {
  await skip("agent1", 3);
  const page = await watch("&type=skip&agent=agent1");
  const opener = rows(page).nth(2).getByRole("button");
  await opener.click();
  await page.getByRole("complementary", { name: "Agent agent1" }).waitFor();
  await addressed(page, /who=agent1/);
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "hidden" });
  assert.equal(await opener.evaluate((button) => document.activeElement === button), true);
});

test("the side panel never shows one agent's events under the name of another", async () => {
  await skip("agent1");
  await skip("agent2");
  const page = await watch("&type=skip");
  const first = await hold(page, /\/skips\?agent=agent1&limit/);
  await rows(page).filter({ hasText: "agent1" }).first().getByRole("button").click();
  await first.asked;
  await page.route(/\/skips\?agent=agent2&limit/, (route) => route.fulfill({ json: { events: [], next: "" } }));
  await rows(page).filter({ hasText: "agent2" }).first().getByRole("button").click();
  const panel = page.getByRole("complementary", { name: "Agent agent2" });
  await panel.waitFor();
  const answered = page.waitForResponse(/\/skips\?agent=agent1&limit/);
  first.go();
  await (await answered).finished();
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  assert.equal(await panel.locator("tbody tr").count(), 0);
});

test("320 pixels, text of 200 %, both, and from right to left: nothing is cut and nothing scrolls sideways", async () => {
  await skip("agent1", 11);
  const page = await watch("&who=agent1&by=reason");
  await page.getByRole("complementary", { name: "Agent agent1" }).waitFor();
  await page.locator("rate-chart .legend li").first().waitFor({ timeout: ASKED_AGAIN });
  await page.locator(".top-list li").first().waitFor({ timeout: ASKED_AGAIN });
  await reflows(page);
});

test("a reservation is taken back, and its agent is told", async () => {
  const page = await watch();
  const { phase, button } = toolbar(agents.agent1);
  await button(/Next contact/).click();
  await phase("reserved");
  const row = page.locator("section[aria-label='Agents on line'] tbody tr", { hasText: "agent1" });
  await until(() => row.getByRole("button", { name: "Take back" }).isVisible(), "the agent's row");
  await row.getByRole("button", { name: "Take back" }).click();
  await row.getByRole("button", { name: "Really?" }).click();
  await phase("supervisor");
  assert.deepEqual(page.faults, []);
});

test("a contact in review is decided on, with a note", async () => {
  const page = await watch();
  const list = page.locator(".reviews li");
  await until(async () => (await list.count()) > 0, "contacts in review");
  const id = await list.first().locator("strong").textContent();
  await list.first().getByRole("textbox").fill("asked for a later call");
  await list.first().getByRole("button", { name: "Close" }).click();
  await list.filter({ hasText: id }).first().waitFor({ state: "detached" });
  const { reviews } = await api(hub.url, token, "GET", "/reviews");
  assert.equal(
    reviews.some(({ contactId }) => contactId === id),
    false,
  );
});

test("an agent who is signed out by a supervisor is told, and does not come back alone", async () => {
  const page = await watch();
  const row = page.locator("section[aria-label='Agents on line'] tbody tr", { hasText: "agent2" });
  await row.getByRole("button", { name: "Sign out" }).click();
  await row.getByRole("button", { name: "Really?" }).click();
  await toolbar(agents.agent2).state("denied");
  assert.match(await toolbar(agents.agent2).text(), /A supervisor signed you out/);
});

/** Said to the page every 100 ms: 200 events a second. */
const flood = () => {
  let seq = Date.now();
  const timer = setInterval(() => {
    for (let i = 0; i < 20; i++) {
      const message = {
        id: `${Date.now()}-${seq}`,
        seq: seq++,
        type: i % 3 ? "dial" : "skip",
        at: new Date().toISOString(),
        agent: `agent${seq % 40}`,
        actor: `agent${seq % 40}`,
        campaign: "spring",
        contactId: `demo-${seq % 400}`,
        phone: String(1000 + (seq % 9000)),
        reason: i % 3 ? "" : "wrong_details",
        note: "",
        heldMs: 4200,
        skips: 1,
        node: "n",
      };
      socket.onmessage({ data: JSON.stringify({ channel: "HUB", topic: "Skips", subtopic: "Event", message }) });
    }
  }, 100);
  return () => clearInterval(timer);
};
/** The least that such a feed can be: 50 rows of nine words four times a second on top of a plain table of 200. */
const plainly = () => {
  const body = document.createElement("tbody");
  const table = document.createElement("table");
  Object.assign(table.style, { tableLayout: "fixed", width: "100%" });
  table.append(body);
  document.querySelector(".feed-box").prepend(table);
  let n = 0;
  const timer = setInterval(() => {
    const rows = document.createDocumentFragment();
    for (let i = 0; i < 50; i++) {
      const row = document.createElement("tr");
      for (let cell = 0; cell < 9; cell++) row.insertCell().textContent = `word ${n++}`;
      rows.append(row);
    }
    body.prepend(rows);
    while (body.rows.length > 200) body.rows[200].remove();
  }, 250);
  return () => {
    clearInterval(timer);
    table.remove();
  };
};

test("200 events a second: frames stay short and memory flat", { timeout: 600_000 }, async (t) => {
  const seconds = Number(process.env.AGENTHUB_FEED_SECONDS ?? 20);
  const page = await watch();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const worked = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  await page.evaluate(() => {
    globalThis.frameTimes = [];
    let before = performance.now();
    const frame = (now) => {
      frameTimes.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  /** What the page's thread works and how long its frames take while something goes on in it. */
  const measure = async (what, long) => {
    const end = await page.evaluateHandle(what);
    await page.waitForTimeout(3000);
    const before = await worked();
    await page.evaluate(() => frameTimes.splice(0));
    await page.waitForTimeout(long * 1000);
    const times = (await page.evaluate(() => frameTimes.splice(0))).sort((a, b) => a - b);
    const share = ((await worked()) - before) / long;
    const used = await heap();
    await end.evaluate((stop) => stop());
    return { share, p95: times[Math.floor(times.length * 0.95)], used };
  };
  // Compared with what the same machine needs for the least of it, just before; and others who use it meanwhile only make it slower,
  // so that one good round of three is proof.
  let failed = "";
  for (let round = 1; round === 1 || (failed && round <= 3); round++) {
    const least = await measure(plainly, 5);
    const feed = await measure(flood, seconds);
    const told = ({ share, p95 }) => `works ${(share * 100).toFixed(1)} %, p95 of the frames ${p95.toFixed(1)} ms`;
    failed = "";
    if (feed.share > least.share * 2 + 0.03 || feed.p95 > Math.max(51, least.p95 * 3)) failed = `${told(feed)}; the least: ${told(least)}`;
    t.diagnostic(`${told(feed)}; the least: ${told(least)}`);
  }
  assert.equal(failed, "");
  assert.ok((await rows(page).count()) <= 200);
  const early = await heap();
  const { used: late } = await measure(flood, seconds);
  assert.ok(late < early * 1.3 + 1_000_000, `heap ${early} → ${late}`);
});
