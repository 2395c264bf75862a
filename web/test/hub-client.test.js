import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { contactOf, HubClient, requestId } from "../js/sdk/hub-client.js";
import { contact, FakeHub, hello, settle, token } from "./fake-hub.js";

/** @type {FakeHub} */
let fake;
const realFetch = globalThis.fetch;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: Date.parse("2026-01-05T10:00:00Z") });
  fake = new FakeHub();
  globalThis.fetch = fake.fetch;
});
afterEach(() => {
  mock.timers.reset();
  globalThis.fetch = realFetch;
});

const client = (more = {}) =>
  new HubClient({ url: "ws://hub.test/ws", tabs: "each", getToken: async () => token(), WebSocket: fake.WebSocket, ...more });

async function ready(more = {}, greeting = {}) {
  const hub = client(more);
  await hub.connect();
  await settle();
  fake.socket.say(hello(greeting));
  return hub;
}

test("a token is traded for a ticket, and only the ticket goes to the socket", async () => {
  const hub = await ready();
  assert.equal(fake.tickets[0].address, "http://hub.test/api/v1/tickets");
  assert.equal(fake.tickets[0].headers.Authorization, `Bearer ${token()}`);
  assert.match(fake.tickets[0].body, /^{"instance":"[0-9a-f-]{36}"}$/);
  assert.deepEqual(fake.socket.protocols, ["agenthub.v1", "agenthub.ticket.t1"]);
  assert.equal(hub.state.state, "ready");
  hub.close();
});

test("who has several roles says as what to work", async () => {
  const hub = await ready({ role: "supervisor" });
  assert.equal(JSON.parse(fake.tickets[0].body).role, "supervisor");
  hub.close();
});

test("an answer finds its request by the id and a refusal is thrown with its code", async () => {
  const hub = await ready();
  const good = hub.request("SkipNonPEWCContact", { ContactId: "c1" });
  assert.deepEqual(fake.socket.sent.at(-1).data, { UserID: "testagent", ContactId: "c1" });
  fake.socket.answer({ success: true });
  assert.equal((await good).message.response.success, true);
  const bad = hub.request("SkipNonPEWCContact", { ContactId: "c1" });
  fake.socket.answer({ success: false, msg: "Contact not found", code: "contact_not_found" });
  await assert.rejects(bad, { code: "contact_not_found", sent: true, retryable: false });
  hub.close();
});

test("a refusal by a rule names it and tells when it opens; it passes, and others do not", async () => {
  const hub = await ready();
  const dial = hub.request("Dial", { ContactId: "c1" });
  const refusal = { success: false, msg: "Calls are allowed again from 2026-01-05T14:00:00Z", code: "outside_hours" };
  fake.socket.answer({ ...refusal, rule: "ri-hours", opensAt: "2026-01-05T14:00:00Z" });
  await assert.rejects(dial, { code: "outside_hours", rule: "ri-hours", opensAt: "2026-01-05T14:00:00Z", retryable: true, sent: true });
  for (const [code, retryable] of Object.entries({ too_soon: true, too_many_attempts: true, no_zone: false, blocked: false })) {
    const again = hub.request("Dial", { ContactId: "c1" });
    fake.socket.answer({ ...refusal, code });
    await assert.rejects(again, { code, rule: "", opensAt: "", retryable });
  }
  hub.close();
});

test("what cannot be sent is refused at once and never sent later", async () => {
  const hub = await ready();
  fake.socket.close(1006);
  await assert.rejects(hub.request("SkipNonPEWCContact"), { code: "offline", sent: false });
  mock.timers.tick(1000);
  await settle();
  fake.socket.say(hello());
  assert.equal(fake.socket.sent.length, 0);
  hub.close();
});

test("what was sent and not answered is asked again with the same id after the next connect", async () => {
  const hub = await ready();
  const unsure = mock.fn();
  hub.on("uncertain", unsure);
  const skip = hub.request("SkipNonPEWCContact", { ContactId: "c1" });
  const first = fake.socket.sent[0];
  fake.socket.close(1006);
  assert.equal(unsure.mock.callCount(), 1);
  mock.timers.tick(1000);
  await settle();
  fake.socket.say(hello());
  assert.deepEqual(fake.socket.sent, [first]);
  fake.socket.answer({ success: true });
  await skip;
  hub.close();
});

test("no answer: asked twice more with the same id, then given up as unknown", async () => {
  const hub = await ready();
  const skip = hub.request("SkipNonPEWCContact");
  const failed = assert.rejects(skip, { code: "timeout", sent: true, retryable: true });
  for (let s = 0; s < 25; s++) {
    fake.socket.say({ channel: "HUB", topic: "Session", subtopic: "Heartbeat", message: { serverNow: new Date().toISOString() } });
    mock.timers.tick(1000);
  }
  await failed;
  assert.equal(fake.socket.sent.length, 3);
  assert.equal(new Set(fake.socket.sent.map((f) => f.requestId)).size, 1);
  hub.close();
});

test("pending means ask again, not failed", async () => {
  const hub = await ready();
  const skip = hub.request("SkipNonPEWCContact");
  fake.socket.answer({ success: false, msg: "Pending", code: "pending" });
  mock.timers.tick(1000);
  assert.equal(fake.socket.sent.length, 2);
  fake.socket.answer({ success: true });
  await skip;
  hub.close();
});

test("a result that stays unknown is told as such: pending past the deadline, and a session that ended", async () => {
  const hub = await ready();
  const skip = hub.request("SkipNonPEWCContact", {}, { timeout: 1000 });
  const failed = assert.rejects(skip, { code: "timeout", sent: true });
  for (let s = 0; s < 4; s++) {
    fake.socket.answer({ success: false, msg: "Pending", code: "pending" });
    mock.timers.tick(1000);
  }
  await failed;
  const next = hub.request("SkipNonPEWCContact");
  fake.socket.close(4501);
  await assert.rejects(next, { code: "timeout", sent: true });
  hub.close();
});

test("signing out succeeds, ends the session, and holds nobody any more", async () => {
  const hub = await ready();
  fake.socket.say({ channel: "HUB", topic: "Reservation", subtopic: "Reserved", message: { ContactId: "c1", AccountNumber: "a1" } });
  assert.equal(hub.snapshot?.reservation?.ContactId, "c1");
  const out = hub.signOut();
  const { requestId: id } = fake.socket.sent.at(-1);
  fake.socket.say({ channel: "HUB", topic: "Session", subtopic: "SignedOut", requestId: id, message: {} });
  await out;
  assert.equal(hub.state.state, "signed-out");
  assert.equal(hub.state.cause, "signed_out");
  assert.equal(hub.snapshot?.reservation, null);
  hub.close();
});

test("connect() again changes nothing while there is something to hope for", async () => {
  const hub = await ready();
  await hub.connect();
  await settle();
  assert.equal(fake.sockets.length, 1);
  assert.equal(fake.socket.closed, undefined);
  fake.socket.close(4501);
  await hub.connect();
  await settle();
  assert.equal(fake.sockets.length, 2);
  hub.close();
});

test("a terminal close is not followed by a new attempt until a person takes over", async () => {
  for (const [code, state] of [
    [4501, "superseded"],
    [4502, "denied"],
    [4503, "denied"],
    [4504, "denied"],
  ]) {
    const hub = await ready();
    const count = fake.sockets.length;
    fake.socket.close(code);
    assert.equal(hub.state.state, state);
    mock.timers.tick(120_000);
    await settle();
    assert.equal(fake.sockets.length, count, `${code}`);
    hub.takeOver();
    await settle();
    assert.equal(fake.sockets.length, count + 1);
    hub.close();
  }
});

test("draining: the old socket works until the new one is greeted, then is left", async () => {
  const hub = await ready({}, { reservation: contact });
  const old = fake.socket;
  old.say({ channel: "HUB", topic: "Session", subtopic: "Draining", message: { reconnectWithinMs: 2000 } });
  assert.equal(hub.state.state, "draining");
  assert.equal(hub.state.canWork, true);
  const skip = hub.request("SkipNonPEWCContact", { ContactId: "c1" });
  mock.timers.tick(2000);
  await settle();
  assert.notEqual(fake.socket, old);
  assert.equal(old.closed, undefined);
  fake.socket.say(hello({ reservation: contact }));
  assert.equal(old.closed, 1000);
  assert.equal(hub.state.state, "ready");
  assert.equal(fake.socket.sent[0].requestId, old.sent[0].requestId, "the open request moved with its id");
  fake.socket.answer({ success: true });
  await skip;
  assert.equal(hub.snapshot.reservation, null);
  hub.close();
});

test("the old socket closed by the hub while the new one waits for Hello starts no third one", async () => {
  const hub = await ready();
  const old = fake.socket;
  old.say({ channel: "HUB", topic: "Session", subtopic: "Draining", message: { reconnectWithinMs: 1000 } });
  mock.timers.tick(1000);
  await settle();
  old.close(1012);
  mock.timers.tick(500);
  await settle();
  assert.equal(fake.sockets.length, 2);
  fake.socket.say(hello());
  mock.timers.tick(4000);
  await settle();
  assert.equal(fake.sockets.length, 2);
  assert.equal(hub.state.state, "ready");
  hub.close();
});

test("silence beyond a heartbeat ends the socket, a heartbeat keeps it", async () => {
  const hub = await ready();
  const socket = fake.socket;
  for (let s = 0; s < 60; s++) {
    if (s % 20 === 0)
      socket.say({ channel: "HUB", topic: "Session", subtopic: "Heartbeat", message: { serverNow: new Date().toISOString() } });
    mock.timers.tick(1000);
  }
  assert.equal(socket.closed, undefined);
  for (let s = 0; s < 31; s++) mock.timers.tick(1000);
  assert.equal(socket.closed, 4000);
  hub.close();
});

test("attempts back off with full jitter, and start over after a connection that held", async () => {
  const hub = await ready({ backoff: { min: 500, max: 20_000, minUptime: 5000 } });
  const delays = [];
  hub.on("state", ({ state, retryAt }) => state === "reconnecting" && retryAt && delays.push(retryAt - Date.now()));
  for (let i = 0; i < 8; i++) {
    fake.socket.close(1006);
    mock.timers.tick(20_000);
    await settle();
  }
  assert.ok(
    delays.every((ms, i) => ms >= 500 && ms <= Math.min(20_000, 500 * 2 ** (i + 1))),
    String(delays),
  );
  assert.ok(new Set(delays).size > 5, "jitter");
  assert.notEqual(delays[0], 500, "not even the first attempt comes in step with all the others");
  fake.socket.say(hello());
  mock.timers.tick(6000);
  fake.socket.close(1006);
  assert.ok(delays.at(-1) <= 1000);
  hub.close();
});

test("a token that gives another role is told as such, and is not asked for again", async () => {
  fake.status = 403;
  fake.problem = { detail: "Your account has not the role agent here." };
  const hub = client({ role: "agent" });
  await hub.connect();
  await settle();
  assert.deepEqual([hub.state.state, hub.state.cause, fake.tickets.length], ["denied", "norole", 1]);
  hub.close();
});

test("a refused token is renewed once, then the client gives up; a busy hub is asked again when it says", async () => {
  fake.status = 401;
  const reasons = [];
  const hub = client({ getToken: async ({ reason }) => token({ n: reasons.push(reason) }) });
  await hub.connect();
  await settle();
  assert.deepEqual(reasons, ["connect", "refused"]);
  assert.equal(hub.state.state, "denied");
  hub.close();

  fake.status = 503;
  fake.headers = { "Retry-After": "7" };
  const busy = client();
  await busy.connect();
  await settle();
  assert.ok(busy.state.retryAt - Date.now() >= 7000);
  busy.close();
});

test("the token is renewed on the open socket at four fifths of its life", async () => {
  const now = () => Date.now() / 1000;
  const hub = client({ getToken: async () => token({ iat: now(), exp: now() + 100 }) });
  await hub.connect();
  await settle();
  fake.socket.say(hello());
  for (let s = 0; s < 81; s++) {
    if (s % 20 === 0)
      fake.socket.say({ channel: "HUB", topic: "Session", subtopic: "Heartbeat", message: { serverNow: new Date().toISOString() } });
    mock.timers.tick(1000);
  }
  await settle();
  assert.equal(fake.socket.sent.at(-1)?.subtopic, "RefreshToken");
  assert.equal(fake.sockets.length, 1);
  hub.close();
});

test("4001 brings a new token before the next ticket", async () => {
  const reasons = [];
  const hub = client({ getToken: async ({ reason }) => token({ n: reasons.push(reason) }) });
  await hub.connect();
  await settle();
  fake.socket.say(hello());
  fake.socket.close(4001);
  mock.timers.tick(1000);
  await settle();
  assert.equal(reasons.length, 2);
  assert.equal(fake.sockets.length, 2);
  hub.close();
});

test("the snapshot follows everything that passes", async () => {
  const hub = await ready();
  const push = (subtopic, message) => fake.socket.say({ channel: "HUB", topic: "Reservation", subtopic, message });
  fake.socket.say({
    channel: "LCM",
    topic: "WebService",
    subtopic: "ContactOD",
    message: { response: { ...contact, ContactId: undefined, ContactID: 17, CallType: 0 } },
  });
  assert.equal(hub.snapshot.reservation.ContactId, "17");
  assert.equal(hub.snapshot.reservation.CallType, "0");
  push("Extended", { reservedUntil: "2026-01-05T10:05:00Z" });
  assert.equal(hub.snapshot.reservation.reservedUntil, "2026-01-05T10:05:00Z");
  push("Released", { ContactId: "other", cause: "expired" });
  assert.ok(hub.snapshot.reservation);
  push("Dialled", { phoneNumber: "+15550100" });
  assert.equal(hub.snapshot.reservation.state, "dialled");
  assert.equal(hub.snapshot.reservation.attempts, 1, "as a reload would tell");
  push("Dialled", { phoneNumber: "+15550100" });
  assert.equal(hub.snapshot.reservation.attempts, 1);
  push("Released", { ContactId: "17", cause: "withdrawn" });
  assert.equal(hub.snapshot.reservation, null);
  push("Reserved", contact);
  assert.equal(hub.snapshot.reservation.name, "Contact One");
  hub.close();
});

test("an answer about another contact leaves the one that is held, and the truth is asked for", async () => {
  const other = { ...contact, ContactId: "c2", AccountNumber: "6", name: "Contact Two" };
  const hub = await ready({}, { reservation: contact });
  const skip = hub.request("SkipNonPEWCContact", { ContactId: "c1" });
  fake.socket.close(1006);
  mock.timers.tick(1000);
  await settle();
  fake.socket.say(hello({ reservation: other, today: { dials: 0, skips: 1, outcomes: 0 } }));
  fake.socket.answer({ success: true });
  await skip;
  assert.equal(hub.snapshot.reservation.ContactId, "c2");
  assert.equal(hub.snapshot.today.skips, 1, "Hello has counted it");
  assert.equal(fake.socket.sent.at(-1).subtopic, "GetReservedContactOD");

  const outcome = hub.request("SetNonPEWCContactOutcome", { AccountNumber: contact.AccountNumber });
  fake.socket.answer({ success: true });
  await outcome;
  assert.equal(hub.snapshot.reservation.ContactId, "c2");
  assert.equal(hub.snapshot.today.outcomes, 0);
  fake.socket.say({ channel: "HUB", topic: "Reservation", subtopic: "Dialled", message: { ContactId: "c1", phoneNumber: "+1" } });
  assert.equal(hub.snapshot.reservation.state, "reserved");
  hub.close();
});

test("an answer heard again is not counted again, and the truth is asked for", async () => {
  const hub = await ready({}, { reservation: contact });
  const dial = hub.request("Dial", { ContactId: "c1" });
  fake.socket.close(1006);
  mock.timers.tick(1000);
  await settle();
  fake.socket.say(hello({ reservation: { ...contact, state: "dialled" }, today: { dials: 1, skips: 0, outcomes: 0 } }));
  const { requestId: id } = fake.socket.sent.at(-1);
  fake.socket.say({
    channel: "HUB",
    topic: "Reservation",
    subtopic: "Dialled",
    requestId: id,
    message: { ContactId: "c1", phoneNumber: "+1" },
  });
  await dial;
  assert.equal(hub.snapshot.today.dials, 1);
  assert.equal(fake.socket.sent.at(-1).subtopic, "GetReservedContactOD");
  hub.close();
});

test("the hub's clock, not this machine's, tells what time is left", async () => {
  const hub = await ready({}, { serverNow: new Date(Date.now() + 90_000).toISOString() });
  assert.ok(Math.abs(hub.now() - Date.now() - 90_000) < 50);
  fake.socket.say({
    channel: "HUB",
    topic: "Session",
    subtopic: "Heartbeat",
    message: { serverNow: new Date(Date.now() + 89_000).toISOString() },
  });
  assert.ok(Math.abs(hub.now() - Date.now() - 90_000) < 50, "a late heartbeat is no better knowledge");
  hub.close();
});

test("a request is taken back by its signal", async () => {
  const hub = await ready();
  const stop = new AbortController();
  const skip = hub.request("SkipNonPEWCContact", {}, { signal: stop.signal });
  stop.abort();
  await assert.rejects(skip, { code: "aborted", sent: true });
  hub.close();
});

test("a socket that fails with an error alone, or says nothing at all, is tried again", async () => {
  const hub = client();
  await hub.connect();
  await settle();
  assert.equal(fake.sockets.length, 1);
  fake.socket.onerror(new Event("error")); // as Node 22 does where the upgrade is refused: no close follows
  mock.timers.tick(100);
  mock.timers.tick(2000);
  await settle();
  assert.equal(fake.sockets.length, 2);
  fake.socket.close = () => {}; // deaf
  mock.timers.tick(10_000);
  mock.timers.tick(2000);
  await settle();
  assert.equal(fake.sockets.length, 3);
  fake.socket.say(hello());
  assert.equal(hub.state.state, "ready");
  hub.close();
});

test("three sockets in a row that nothing came through are told as blocked, with the address to allow; one that was open never is", async () => {
  const hub = client();
  const told = [];
  hub.on("state", ({ cause, address = "" }) => told.push(`${cause} ${address}`.trim()));
  await hub.connect();
  await settle();
  for (let i = 0; i < 3; i++) {
    assert.equal(told.includes("blocked ws://hub.test/ws"), false);
    fake.socket.close(1006);
    mock.timers.tick(20_000);
    await settle();
  }
  assert.ok(told.includes("blocked ws://hub.test/ws"), String(told));
  assert.equal(hub.state.state, "connecting");
  fake.socket.say(hello()); // somebody let it through
  assert.equal(hub.state.state, "ready");
  told.length = 0;
  for (let i = 0; i < 5; i++) {
    fake.socket.close(1006);
    mock.timers.tick(20_000);
    await settle();
  }
  assert.deepEqual([...new Set(told.map((cause) => cause || "opening"))].sort(), ["1006"]);
  hub.close();
});

test("since when the hub is lost: from the close, or, if it only fell silent, from its last word", async () => {
  const hub = await ready();
  assert.equal(hub.state.lostAt, 0);
  mock.timers.tick(5000);
  fake.socket.close(1006);
  const closed = Date.now();
  assert.equal(hub.state.lostAt, closed);
  mock.timers.tick(1000);
  await settle();
  fake.socket.close(1006);
  assert.equal(hub.state.lostAt, closed, "a try in vain is no news");
  mock.timers.tick(2000);
  await settle();
  fake.socket.say(hello());
  assert.equal(hub.state.lostAt, 0);
  const heard = Date.now();
  for (let s = 0; s < 31; s++) mock.timers.tick(1000);
  assert.equal(hub.state.lostAt, heard);
  hub.close();
});

test("ids are UUIDs of version 7 that sort by time", () => {
  const first = requestId();
  mock.timers.tick(5);
  const second = requestId();
  assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(second.replace("-", "").slice(0, 12), 16), Date.now());
  assert.ok(first < second);
});

test("both spellings of a contact become one", () => {
  const { ContactId, ...rest } = contact;
  assert.deepEqual(contactOf({ ...rest, ContactID: 12, CallType: 2 }), { ...rest, ContactId: "12", CallType: "2" });
  assert.deepEqual(contactOf({ success: true, ...contact }), contact);
});
