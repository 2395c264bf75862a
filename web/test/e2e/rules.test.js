/** What may not be done, as the agent sees it: a real hub refuses a dial by its rules, and a reason of the campaign's own blocks. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import {
  api,
  axe,
  browser,
  cleanUp,
  load,
  open,
  reflows,
  sent,
  sign,
  startHost,
  startHub,
  startRedis,
  startRelay,
  toolbar,
  until,
} from "./lib.js";

const AGENT = "America/Chicago"; // the clock of the agents, wherever the test runs
const PERSON = "America/New_York"; // and that of whom they call
const ALWAYS = { callFrom: "00:00", callUntil: "24:00" };
const manager = sign("loader", "campaign");

let hub;
let host;
let chrome;
let context;

before(async () => {
  const relay = await startRelay(null);
  host = await startHost(relay.url);
  hub = await startHub({
    redis: await startRedis(),
    flags: [`--allowed-origins=${host.url}`, `--public-url=${relay.url}`, "--skip-delay=1s"],
  });
  relay.target = hub.port;
  chrome = await browser();
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  context = await chrome.newContext({ timezoneId: AGENT });
});

/** An agent of one campaign, signed in. */
async function desktop(agent, campaign) {
  host.agent = agent;
  host.claims = { campaigns: [campaign] };
  const page = await open(context, host.url);
  const desk = { page, ...toolbar(page) };
  await desk.state("ready");
  return desk;
}

/** The same with a contact of that campaign in hand, long enough to be dialled. */
async function reserved(agent, campaign, more = {}) {
  const phoneNumber = `+1 401 555 ${String(100 + seats++).padStart(4, "0")}`;
  await api(hub.url, manager, "PUT", `/campaigns/${campaign}`, ALWAYS);
  await load(hub.url, 1, () => ({ contactId: campaign, campaignId: campaign, phoneNumber, timeZone: PERSON, region: "RI", ...more }));
  const desk = await desktop(agent, campaign);
  await desk.button(/Next contact/).click();
  await desk.phase("reserved");
  await desk.dialable();
  return desk;
}
let seats = 0;

const clock = (zone, more = {}) =>
  new Intl.DateTimeFormat("en", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...more });
const wall = (zone, at = Date.now()) => clock(zone).format(at);

/** Hours of the day that are over where the person is, or far off, and when they open. */
function closedHours() {
  const [from, till] = wall(PERSON) < "12:00" ? ["20:00", "21:00"] : ["08:00", "09:00"];
  let at = Math.ceil(Date.now() / 60_000) * 60_000;
  while (wall(PERSON, at) !== from) at += 60_000;
  return { from, till, opens: new Date(at) };
}

/** A moment as the toolbar writes it, with the day unless that is today. */
function moment(language, at) {
  const day = (ms) => clock(AGENT, { dateStyle: "short", hour: undefined, minute: undefined, hourCycle: undefined }).format(ms);
  const date = day(at) !== day(Date.now()) && { weekday: "short", day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(language, { timeZone: AGENT, hour: "2-digit", minute: "2-digit", ...date }).format(at);
}

/** What stands on the page where the refusal is told. The minute in it may pass while the test looks. */
async function told(desk) {
  const note = desk.bar.locator('[part=note][data-tone="warn"]');
  await note.waitFor();
  return (await note.textContent()).replace(/(?<=It is |Son las )\d\d:\d\d( [AP]M)?/, "…");
}

test("a dial that a rule pack refuses is told with the rule, and when it opens on the agent's clock", async () => {
  const desk = await reserved("law1", "law");
  const { from, till, opens } = closedHours();
  await api(hub.url, manager, "PUT", "/rules/islands", {
    pack: "islands",
    seen: "2026-11-28",
    rules: [{ id: "ri-hours", region: "RI", from, until: till, source: "made up for this test" }],
  });
  try {
    await desk.button(/Dial/).click();
    assert.equal(
      await told(desk),
      `It is … for Contact 1. The law there allows no calls now. Calls are allowed again from ${moment("en", opens)}, your time. Skip the contact. (ri-hours)`,
    );
    assert.match(await desk.status(), /The law there allows no calls now\..*Skip the contact\.$/, "spoken, without the id");
    assert.equal(await desk.bar.locator("[part=note] small").textContent(), " (ri-hours)");
    assert.equal(await desk.bar.getAttribute("data-phase"), "reserved", "still in hand");
    const refused = await desk.bar.evaluate((node) =>
      node.hub
        .request("Dial", { ContactId: node.hub.snapshot.reservation.ContactId })
        .catch(({ code, rule, opensAt }) => ({ code, rule, opensAt })),
    );
    assert.deepEqual(refused, { code: "outside_hours", rule: "ri-hours", opensAt: opens.toISOString().replace(".000", "") });
    const found = await axe(desk.page);
    assert.deepEqual(
      found.filter((one) => !one.includes("Host desktop")),
      [],
      "but for the page around the bar",
    );
    await reflows(desk.page);
    assert.deepEqual(desk.page.faults, []);
  } finally {
    await api(hub.url, manager, "DELETE", "/rules/islands");
  }
  await desk.button(/Dial/).click();
  await desk.phase("dialled");
});

test("a dial outside the hours that the campaign has now is told, in Spanish too", async () => {
  const desk = await reserved("hours1", "hours");
  const { from, till, opens } = closedHours();
  await api(hub.url, manager, "PATCH", "/campaigns/hours", { callFrom: from, callUntil: till });
  await desk.button(/Dial/).click();
  assert.equal(
    await told(desk),
    `It is … for Contact 1. The campaign makes no calls now. Calls are allowed again from ${moment("en", opens)}, your time. Skip the contact.`,
  );
  await desk.bar.evaluate((node) => node.setAttribute("lang", "es"));
  await desk.button("Marcar").waitFor();
  assert.equal(
    await told(desk),
    `Son las … para Contact 1. La campaña no llama ahora. Se puede llamar otra vez a partir de esta hora suya: ${moment("es", opens)}. Omita el contacto.`,
  );
});

test("who is told to wait can dial when the time has come", async () => {
  const called = Math.floor(Date.now() / 1000) * 1000;
  const desk = await reserved("gap1", "gap", { attemptsBefore: [new Date(called).toISOString()] });
  const gap = Math.ceil((Date.now() - called) / 1000) + 30; // long enough to be refused, short enough to be waited for
  await api(hub.url, manager, "PATCH", "/campaigns/gap", { minGap: `${gap}s` });
  await desk.button(/Dial/).click();
  assert.equal(
    await told(desk),
    `The campaign wants more time between calls to Contact 1. Calls are allowed again from ${moment("en", called + gap * 1000)}, your time. Wait, or skip the contact.`,
  );
  await desk.bar.locator("[part=note]").waitFor({ state: "hidden" });
  await desk.button(/Dial/).click();
  await desk.phase("dialled");
});

test("a campaign whose contacts are not skipped leaves what blocks, and the rules travel with the contact", async () => {
  const dinner = { id: "dinner", label: "At dinner" };
  const desk = await reserved("called1", "called");
  const { bar, button } = desk;
  await button(/Skip…/).waitFor();
  await api(hub.url, manager, "PATCH", "/campaigns/called", { skip: "off", skipReasons: [dinner] });
  await button(/Skip…/).waitFor({ state: "hidden" });
  const refused = await bar.evaluate((node) =>
    node.hub.request("SkipNonPEWCContact", { ContactId: node.hub.snapshot.reservation.ContactId, Reason: "dinner" }).then(
      () => "",
      ({ code, message }) => `${code}: ${message}`,
    ),
  );
  assert.equal(refused, "skip_disabled: Contacts of this campaign cannot be skipped");

  const enough = { id: "enough", label: "Had enough of us", suppresses: true };
  await api(hub.url, manager, "PATCH", "/campaigns/called", { skipReasons: [dinner, enough] });
  await button(/Skip…/).click();
  await bar.getByLabel(/Had enough of us.*blocks this number/).check();
  assert.equal(await bar.getByLabel("At dinner").count(), 0);
  await button(/Skip contact/).click();
  await desk.phase("skipped");
});

test("a skip for a reason of the campaign's own that blocks does block, and the contact is not offered again", async () => {
  const [first, second] = ["+1 401 555 0190", "+1 401 555 0191"];
  await api(hub.url, manager, "PUT", "/campaigns/own", {
    ...ALWAYS,
    skipReasons: [
      { id: "enough", label: "Had enough of us", suppresses: true },
      { id: "dinner", label: "At dinner" },
    ],
  });
  const about = (i) => ({ contactId: `own-${i + 1}`, campaignId: "own", phoneNumber: [first, second][i], timeZone: PERSON });
  const desk = await desktop("own1", "own"); // before there is a contact: what Hello told are the reasons of nobody in particular
  await load(hub.url, 2, about);
  const { bar, button, phase } = desk;
  const skip = async (reason) => {
    await button(/Next contact/).click();
    await phase("reserved");
    const id = await bar.evaluate((node) => node.hub.snapshot.reservation.ContactId);
    await button(/Skip…/).click();
    await bar.getByLabel(reason).check();
    await button(/Skip contact/).click();
    await phase("skipped");
    return id;
  };
  const listed = async (number) => (await api(hub.url, manager, "GET", `/dnc?number=${encodeURIComponent(number)}`)).blocked;
  const stateOf = async (id) => (await api(hub.url, manager, "GET", `/contacts/${id}`)).state;

  assert.equal(await listed(first), false);
  assert.equal(await skip(/Had enough of us.*blocks this number/), "own-1");
  assert.equal(sent(desk.page, "SkipNonPEWCContact")[0].data.Reason, "enough");
  assert.equal(await listed(first), true);
  assert.equal(await stateOf("own-1"), "closed");
  assert.equal(await skip("At dinner"), "own-2");
  assert.equal(await listed(second), false, "a reason that does not block");

  // The other contact comes back to another agent: by then the first one would have, too.
  const later = await desktop("own2", "own");
  await until(async () => {
    if ((await later.bar.getAttribute("data-phase")) === "reserved") return true;
    const next = later.button(/Next contact/);
    if ((await next.getAttribute("aria-disabled")) === "false") await next.click();
    return false;
  }, "the skipped contact is offered again");
  assert.equal(await later.bar.evaluate((node) => node.hub.snapshot.reservation.ContactId), "own-2");
  await later.dialable();
  await later.button(/Dial/).click();
  await later.phase("dialled");
  await later.button(/Outcome…/).click();
  await later.bar.getByLabel("Success").check();
  await later.button(/Save outcome/).click();
  await later.phase("saved");
  await later.button(/Next contact/).click();
  await later.phase("none");
});
