import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { limiter, masked, published } from "../js/sdk/bridge.js";
import { contact } from "./fake-hub.js";

test("what goes out is the vendor's answer alone: no id, no code, none of our fields", () => {
  const out = published(
    { channel: "LCM", topic: "WebService", subtopic: "ContactOD", requestId: "x", message: { response: contact } },
    true,
  );
  assert.deepEqual(Object.keys(out), ["channel", "topic", "subtopic", "message"]);
  assert.equal(out.message.response.PhoneNumber, contact.PhoneNumber);
  for (const ours of ["state", "reservedUntil", "name", "skips"]) assert.equal(ours in out.message.response, false);
  const failed = published(
    {
      subtopic: "SkipNonPEWCContactResult",
      message: { response: { success: false, msg: "Contact not found", code: "contact_not_found" } },
    },
    true,
  );
  assert.deepEqual(failed.message.response, { success: false, msg: "Contact not found" });
  const ruled = { success: false, msg: "Calls are allowed again from …", code: "outside_hours", rule: "ri-hours", opensAt: "…" };
  const told = published({ subtopic: "ContactOD", message: { response: ruled } }, true);
  assert.deepEqual(told.message.response, { success: false, msg: ruled.msg });
});

test("a number is masked unless it may be read", () => {
  assert.equal(masked("+1 555 0100"), "+• ••• 0100");
  assert.equal(published({ subtopic: "ContactOD", message: { response: contact } }, false).message.response.PhoneNumber, "+• ••• 0100");
});

test("ten a second pass, and no more", () => {
  mock.timers.enable({ apis: ["Date"] });
  const pass = limiter(10);
  assert.equal(Array.from({ length: 30 }, pass).filter(Boolean).length, 10);
  mock.timers.tick(500);
  assert.equal(Array.from({ length: 30 }, pass).filter(Boolean).length, 5);
  mock.timers.reset();
});
