import assert from "node:assert/strict";
import { test } from "node:test";
import { idle } from "../js/toolbar/machine.js";
import { sentences } from "../js/toolbar/sentences.js";
import { known, translator } from "../js/ui/i18n.js";

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

test("a hub that restarts is told of when it takes longer than three seconds", () => {
  const line = (state, cause, downFor) =>
    say.line({ state, cause, retryAt: 0, canWork: state === "draining" }, idle, { downFor, overSince: "" }).words;
  assert.equal(line("draining", "", 2000), "");
  assert.equal(line("draining", "", 3000), "The hub is restarting. Your contact is safe.");
  assert.equal(line("reconnecting", "draining", 3000), "The hub is restarting. Your contact is safe.");
  assert.equal(line("reconnecting", "1006", 3000), "Connection lost. Trying again.");
});
