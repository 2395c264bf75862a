import assert from "node:assert/strict";
import { test } from "node:test";
import { idle } from "../js/toolbar/machine.js";
import { sentences } from "../js/toolbar/sentences.js";
import { known, translator } from "../js/ui/i18n.js";

process.env.TZ = "America/Chicago"; // the agent's clock
const say = sentences(await translator("en"), "en");

test("whatever language a page says, there are words in it and amounts of the same language", async () => {
  const pages = {
    "en_US.UTF-8": "en-US",
    es_MX: "es-MX",
    "es-419": "es-419",
    "en-XA": "en-XA",
    EN: "EN",
    "es-Latn-MX": "es",
    "en-1": "en",
  };
  for (const [tag, language] of Object.entries({ ...pages, de: "en", "": "en", "!": "en" })) {
    assert.equal(known(tag), language, tag);
    const { amount, note } = sentences(await translator(known(tag)), known(tag));
    assert.equal(amount(2, "minute"), language.startsWith("es") ? "2 minutos" : "2 minutes");
    assert.ok(note(idle, 0, []));
  }
});

test("a few campaigns are named, many are not", () => {
  const none = { ...idle, note: { key: "none", name: "", tone: "info" } };
  assert.equal(say.note(none, 0, ["Spring"]), "No contacts to dial in Spring right now. Try again in a minute.");
  assert.equal(say.note(none, 0, []), "No contacts to dial right now. Try again in a minute.");
  assert.equal(say.note(none, 0, ["a", "b", "c", "d"]), "No contacts to dial right now. Try again in a minute.");
});

test("a refusal that has no words of its own is told all the same", () => {
  const refused = { ...idle, note: { key: "error.request_id_reused", name: "", tone: "warn" } };
  assert.equal(say.note(refused, 0, []), "That did not work. Try again.");
  assert.equal(say.note(idle, 0, []), "Ready for the next contact.");
});

/** A dial of a person in Boston that was refused at ten past nine in the evening there, ten past eight here. */
const now = Date.parse("2026-11-29T02:10:00Z");
const refused = (code, rule, opensAt, more = {}) => ({
  ...idle,
  held: { timeZone: "America/New_York", reservedUntil: "2026-11-29T02:13:00Z", ...more },
  note: { key: `error.${code}`, name: "Ann", tone: "warn", rule, opensAt },
});

test("a refusal by a rule says who decides, when it opens on the agent's own clock, and what to do", () => {
  const told = (...how) => say.note(refused(...how), now, []);
  const [early, late] = ["2026-11-29T02:12:00Z", "2026-11-29T13:00:00Z"];
  for (const [code, rule, opensAt, words] of [
    [
      "outside_hours",
      "campaign",
      late,
      "It is 09:10 PM for Ann. The campaign makes no calls now. Calls are allowed again from Sun, Nov 29, 07:00 AM, your time. Skip the contact.",
    ],
    [
      "outside_hours",
      "ma-hours",
      early,
      "It is 09:10 PM for Ann. The law there allows no calls now. Calls are allowed again from 08:12 PM, your time. Wait, or skip the contact.",
    ],
    ["outside_hours", "la-emergency", "", "It is 09:10 PM for Ann. The law there allows no calls now. Skip the contact."],
    ["no_zone", "no_zone", "", "Nobody knows what time it is for Ann. Skip the contact."],
    [
      "too_many_attempts",
      "maxAttempts24h",
      late,
      "Ann was called as often as the campaign allows in 24 hours. Calls are allowed again from Sun, Nov 29, 07:00 AM, your time. Skip the contact.",
    ],
    [
      "too_many_attempts",
      "attempts[12]",
      early,
      "Ann was called as often as the campaign allows. Calls are allowed again from 08:12 PM, your time. Wait, or skip the contact.",
    ],
    [
      "too_many_attempts",
      "attemptsKept",
      "2026-12-24T13:00:00Z",
      "Ann was called 100 times in 30 days. Calls are allowed again from Thu, Dec 24, 07:00 AM, your time. Skip the contact.",
    ],
    [
      "too_many_attempts",
      "fl-3",
      early,
      "Ann was called as often as the law there allows. Calls are allowed again from 08:12 PM, your time. Wait, or skip the contact.",
    ],
    [
      "too_soon",
      "minGap",
      early,
      "The campaign wants more time between calls to Ann. Calls are allowed again from 08:12 PM, your time. Wait, or skip the contact.",
    ],
    [
      "too_soon",
      "pauseAfter[0]",
      late,
      "The campaign gives Ann a rest. Calls are allowed again from Sun, Nov 29, 07:00 AM, your time. Skip the contact.",
    ],
  ]) {
    assert.equal(told(code, rule, opensAt), words);
    const named = ["ma-hours", "la-emergency", "fl-3"].includes(rule);
    assert.equal(say.law(refused(code, rule, opensAt)), named ? ` (${rule})` : "", `${rule} has an id to ask about`);
  }
});

test("where it is what time is said of a person whose zone is known, and of nobody else", () => {
  const told = (timeZone) => say.note(refused("outside_hours", "us-hours", "", { timeZone }), now, []);
  for (const zone of ["", undefined, "Mars/Olympus"]) assert.equal(told(zone), "The law there allows no calls now. Skip the contact.");
  const old = refused("outside_hours"); // of a hub that names no rule
  assert.equal(say.note(old, now, []), "It is 09:10 PM for Ann. Calls are not allowed now.");
  assert.equal(say.law(old), "");
});

test("the rule's sentence is there in Spanish, and the pseudo-locale does not take an id for one", async () => {
  const spanish = sentences(await translator("es"), "es");
  assert.equal(
    spanish.note(refused("outside_hours", "ri-sunday", "2026-11-30T14:00:00Z"), now, []),
    "Son las 21:10 para Ann. La ley de allí no permite llamar ahora. Se puede llamar otra vez a partir de esta hora suya: lun, 30 nov, 08:00. Omita el contacto.",
  );
  const pseudo = sentences(await translator("en-XA"), "en-XA");
  assert.equal(pseudo.law(refused("outside_hours", "ri-sunday", "")), " (ri-sunday)");
});

test("a hub that restarts is told of when it takes longer than three seconds", () => {
  const line = (state, cause, downFor) => say.line({ state, cause, retryAt: 0, canWork: state === "draining" }, idle, downFor, "").words;
  assert.equal(line("draining", "", 2000), "");
  assert.equal(line("draining", "", 3000), "The hub is restarting. Your contact is safe.");
  assert.equal(line("reconnecting", "draining", 3000), "The hub is restarting. Your contact is safe.");
  assert.equal(line("reconnecting", "1006", 3000), "Connection lost. Trying again.");
});

test("a contact in hand when the hub is lost: kept for as long as the hub said, then nobody is to dial it", () => {
  const work = { ...idle, held: { name: "Ann", PhoneNumber: "+1 212 555 0100", state: "reserved" } };
  const line = (kept, more = {}, downFor = 5000) =>
    say.line({ state: "reconnecting", cause: "1006", retryAt: 0, lostAt: 1, canWork: false, ...more }, work, downFor, "", kept, 20_000);
  assert.equal(line(14_500).words, "Connection lost. Trying again. Ann is kept for you for 15 s.");
  assert.equal(line(14_500).spoken, "Connection lost. Trying again. Ann is kept for you for 20 s.", "spoken of once");
  assert.equal(line(0).words, "Connection lost. Trying again. Ann may be gone: do not dial.");
  assert.equal(line(0, {}, 100).words, line(0).words, "at once, where there is nothing to hope for");
  assert.equal(line(0, { state: "offline" }).words, "This computer is offline. Ann may be gone: do not dial.");
  assert.equal(line(20_000, {}, 100).words, "", "a short loss is not spoken of");
  const nameless = { ...idle, held: { ...work.held, name: "" } };
  const { words } = say.line({ state: "offline", cause: "", retryAt: 0, lostAt: 1, canWork: false }, nameless, 5000, "", 0, 20_000);
  assert.equal(words, "This computer is offline. +• ••• ••• •••• may be gone: do not dial.");
});

test("what is said of a contact that went is what was chosen for it; who did not choose says less", () => {
  const gone = (key, effect) => say.note({ ...idle, note: { key, name: "Ann", tone: "ok", ...(effect && { effect }) } }, 0, []);
  for (const [key, effect, words] of [
    ["skipped", "pool", "Skipped. Ann goes back to the campaign."],
    ["skipped", "block", "Skipped. Ann is blocked: nobody calls this number again."],
    ["skipped", undefined, "Ann was skipped."],
    ["saved", "close", "Saved. Ann is done."],
    ["saved", "retry", "Saved. Ann goes back to the campaign, to be called again later."],
    ["saved", "callback", "Saved. Ann will be called back."],
    ["saved", "block", "Saved. Ann is blocked: nobody calls this number again."],
    ["saved", "something newer", "The outcome for Ann is saved."],
    ["saved", undefined, "The outcome for Ann is saved."],
  ])
    assert.equal(gone(key, effect), words);
});

test("the text that was typed when the time ran out is shown, to be used again", () => {
  const note = { key: "expired", name: "Ann", tone: "warn", draft: "asked for Tuesday" };
  assert.equal(
    say.note({ ...idle, note }, 0, []),
    "Your time for Ann ran out. Nothing was recorded as a skip. Your note: “asked for Tuesday”",
  );
});

test("a network without WebSockets is named, with what to ask for", () => {
  const blocked = { state: "connecting", cause: "blocked", retryAt: 0, lostAt: 0, canWork: false, address: "wss://hub.test/ws" };
  assert.match(say.line(blocked, idle, 0, "").words, /no WebSocket through. Ask those who run it to allow wss:\/\/hub.test\/ws/);
});

test("an attempt is counted once: before the call it is the next one, in the call this one", () => {
  const facts = (state, attempts) => say.facts({ state, attempts }, 0).split(" · ")[0];
  assert.deepEqual([facts("reserved", 0), facts("dialled", 1), facts("dialled", undefined)], Array(3).fill("attempt 1"));
});

test("until when somebody may be called is said on their clock, and not at all where nobody knows it", () => {
  const facts = (timeZone) => say.facts({ timeZone, callableUntil: "2026-11-29T02:00:00Z" }, Date.parse("2026-11-29T00:00:00Z"));
  assert.match(facts("America/New_York"), /local time 07:00 PM · may be called until 09:00 PM/);
  assert.equal(facts(""), "attempt 1 · no consent on file: dial by hand");
});
