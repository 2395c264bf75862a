import assert from "node:assert/strict";
import { test } from "node:test";
import { idle, phase, step, whyGone } from "../js/toolbar/machine.js";
import { contact } from "./fake-hub.js";

const run = (...events) => events.reduce(step, idle);
const held = { type: "truth", held: contact, why: "gone" };
const gone = (why, late) => ({ type: "truth", held: null, why, late });

test("next, reserved, dialled, saved", () => {
  assert.equal(phase(run()), "idle");
  assert.equal(phase(run({ type: "asked", what: "next" })), "fetching");
  const reserved = run({ type: "asked", what: "next" }, held, { type: "answered" });
  assert.equal(phase(reserved), "reserved");
  const dialled = step(step(reserved, { type: "asked", what: "dial" }), {
    type: "truth",
    held: { ...contact, state: "dialled" },
    why: "gone",
  });
  assert.equal(phase(step(dialled, { type: "answered" })), "dialled");
  assert.equal(phase([{ type: "asked", what: "outcome" }, gone("saved"), { type: "answered" }].reduce(step, dialled)), "saved");
});

test("a skip is shown only when the hub says so", () => {
  const skipping = run(held, { type: "asked", what: "skip" });
  assert.equal(phase(skipping), "skipping");
  assert.equal(skipping.held, contact, "the contact stays in sight");
  assert.equal(phase(step(skipping, gone("skipped"))), "skipped");
});

test("an unknown result is no failure: the contact waits for the answer, whatever the snapshot says", () => {
  const unsure = run(held, { type: "asked", what: "skip" }, { type: "unsure" });
  assert.equal(unsure.unsure, true);
  const after = step(unsure, gone("gone"));
  assert.equal(phase(after), "skipping");
  assert.equal(phase(step(step(after, gone("skipped")), { type: "answered" })), "skipped");
});

test("why a contact went", () => {
  assert.equal(phase(run(held, gone("expired"))), "expired");
  assert.equal(phase(run(held, gone("gone", true))), "expired", "gone after its time");
  assert.equal(phase(run(held, gone("withdrawn"))), "withdrawn");
  assert.equal(run(held, gone("withdrawn")).note.tone, "danger");
  assert.equal(whyGone("Released", { cause: "supervisor" }), "supervisor");
  assert.equal(whyGone("Released", { cause: "lost" }), "gone");
  assert.equal(whyGone("Hello", {}), "gone");
});

test("nothing to dial is no fault, a refusal is", () => {
  const asked = run({ type: "asked", what: "next" });
  assert.equal(phase(step(asked, { type: "refused", code: "no_contacts" })), "none");
  const refused = run(held, { type: "asked", what: "dial" }, { type: "refused", code: "outside_hours" });
  assert.equal(refused.note.key, "error.outside_hours");
  assert.equal(phase(refused), "reserved");
  assert.equal(
    run(held, { type: "asked", what: "dial" }, { type: "refused", code: "blocked", about: "blocked id" }).note.about,
    "blocked id",
  );
  assert.equal(run(held, { type: "asked", what: "keep" }, { type: "refused", code: "not_allowed" }).note.key, "error.extend");
});

test("a refusal by a rule keeps the rule and when it opens, one that means nobody is there keeps nothing", () => {
  const by = { rule: "ri-hours", opensAt: "2026-11-30T14:00:00Z", about: "outside_hours id" };
  const refused = run(held, { type: "asked", what: "dial" }, { type: "refused", code: "outside_hours", ...by });
  assert.deepEqual(refused.note, { key: "error.outside_hours", name: "Contact One", tone: "warn", ...by });
  const none = run({ type: "asked", what: "next" }, { type: "refused", code: "no_contacts", about: "no_contacts id" });
  assert.deepEqual(none.note, { key: "none", name: "", tone: "info" });
});

test("another contact replaces the one before without a note", () => {
  const other = { ...contact, ContactId: "c2" };
  const work = run(held, gone("expired"), { type: "truth", held: other, why: "gone" });
  assert.equal(work.note, null);
  assert.equal(work.held, other);
});

test("the effect of what was chosen goes with the note, a typed text with a contact that went otherwise", () => {
  const skipping = run(held, { type: "asked", what: "skip", effect: "block" });
  assert.deepEqual(step(skipping, gone("skipped")).note, { key: "skipped", name: "Contact One", tone: "ok", effect: "block" });
  assert.equal(run(held, gone("skipped")).note.effect, undefined, "in another tab");
  const late = step(skipping, { ...gone("expired"), draft: "a note" });
  assert.deepEqual(late.note, { key: "expired", name: "Contact One", tone: "warn", draft: "a note" });
});
