import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { HubClient, HubError } from "../js/sdk/hub-client.js";
import { contact, FakeHub, hello, settle, token } from "./fake-hub.js";

/** Web Locks as browsers have them, as far as the client uses them: one holder a name, the next in line a moment after it lets go. */
class Locks {
  queues = new Map();
  async request(name, options, work = options) {
    const before = this.queues.get(name) ?? Promise.resolve();
    const handedOn = before.then(() => new Promise((done) => setTimeout(done)));
    const mine = handedOn.then(() => (options.signal?.aborted ? undefined : work()));
    this.queues.set(
      name,
      mine.catch(() => {}),
    );
    return mine;
  }
}

/** A channel as browsers have it: what was posted arrives, even if the tab that posted it has closed; Node's takes it back. */
class Channel {
  static open = new Set();
  constructor(name) {
    this.name = name;
    Channel.open.add(this);
  }
  postMessage(message) {
    const data = structuredClone(message);
    for (const other of Channel.open)
      if (other !== this && other.name === this.name) setImmediate(() => Channel.open.has(other) && other.onmessage({ data }));
  }
  close() {
    Channel.open.delete(this);
  }
}

let fake;
let tabs;
const realChannel = globalThis.BroadcastChannel;
const realFetch = globalThis.fetch;
/** Channels deliver when they like, so each step waits for what it needs. @param {() => unknown} check */
async function until(check) {
  for (let i = 0; i < 5000 && !check(); i++) await new Promise((done) => setTimeout(done, 1));
  assert.ok(check(), String(check));
}

beforeEach(async () => {
  fake = new FakeHub();
  globalThis.fetch = fake.fetch;
  globalThis.BroadcastChannel = Channel;
  Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks(), onLine: true }, configurable: true });
  tabs = [];
  for (let i = 0; i < 2; i++) {
    const hub = new HubClient({ url: "ws://hub.test/ws", getToken: async () => token(), WebSocket: fake.WebSocket });
    tabs.push(hub);
    await hub.connect();
    if (i === 0) {
      await until(() => fake.socket);
      fake.socket.say(hello({ reservation: contact }));
    }
    await until(() => hub.state.state === "ready");
  }
});
afterEach(() => {
  for (const hub of tabs) hub.close();
  globalThis.fetch = realFetch;
  globalThis.BroadcastChannel = realChannel;
  Reflect.deleteProperty(globalThis, "navigator");
});

test("the second tab opens no socket and knows what the first one knows", () => {
  assert.equal(fake.sockets.length, 1);
  assert.equal(tabs[1].state.state, "ready");
  assert.equal(tabs[1].snapshot.reservation.ContactId, "c1");
  assert.deepEqual(
    tabs.map(({ leads }) => leads),
    [true, false],
  );
});

test("a request of the second tab goes through the first, and both follow the answer", async () => {
  const skip = tabs[1].request("SkipNonPEWCContact", { ContactId: "c1" });
  await until(() => fake.socket.sent.length === 1);
  fake.socket.answer({ success: true });
  await skip;
  assert.equal(tabs[0].snapshot.reservation, null);
  assert.equal(tabs[1].snapshot.reservation, null);
});

test("the first tab closes in mid-request: the second leads and asks again with the same id", async () => {
  const skip = tabs[1].request("SkipNonPEWCContact", { ContactId: "c1" });
  await until(() => fake.socket.sent.length === 1);
  const [first] = fake.socket.sent;
  tabs[0].close();
  await until(() => fake.sockets.length === 2);
  fake.socket.say(hello({ reservation: contact }));
  assert.equal(fake.socket.sent[0].requestId, first.requestId);
  fake.socket.answer({ success: true });
  await skip;
});

test("the first tab closes: the second keeps its contact and is never signed out", async () => {
  const states = [];
  tabs[1].on("state", ({ state }) => states.push(state));
  tabs[0].close();
  await until(() => fake.sockets.length === 2);
  fake.socket.say(hello({ reservation: contact }));
  await until(() => tabs[1].state.state === "ready");
  assert.equal(states.includes("signed-out"), false, String(states));
  assert.equal(tabs[1].snapshot.reservation.ContactId, "c1");
});

test("connect() twice takes its place in the line once", async () => {
  const hub = new HubClient({ url: "ws://hub.test/ws", getToken: async () => token(), WebSocket: fake.WebSocket });
  tabs.push(hub);
  hub.connect();
  hub.connect();
  await until(() => hub.state.state === "ready");
  hub.connect();
  const asked = tabs[0].request("GetAgentCallCount");
  fake.socket.answer({ success: true });
  await asked;
  assert.equal(fake.sockets.length, 1);
  for (const tab of tabs.splice(0)) tab.close();
  assert.equal(Channel.open.size, 0);
});

test("no token yet is no end: it is asked for until there is one, or until the desktop says that there will be none", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let failure = new Error("503");
  let asked = 0;
  const getToken = async () => {
    asked++;
    throw failure;
  };
  const hub = new HubClient({ url: "ws://hub.test/ws", getToken, WebSocket: fake.WebSocket });
  hub.connect();
  await settle();
  assert.equal(hub.state.state, "connecting");
  failure = new HubError("denied", "401");
  t.mock.timers.tick(10_000);
  await settle();
  assert.equal(hub.state.state, "denied");
  assert.equal(asked, 2);

  failure = new Error("503");
  hub.connect();
  await settle();
  assert.equal(hub.state.state, "connecting");
  hub.close();
  t.mock.timers.tick(10_000);
  await settle();
  assert.equal(asked, 3, "closed meanwhile");
});

test("what the first tab could not send is refused in the second, as not sent", async () => {
  fake.socket.readyState = 2; // closing: the browser knows, the client does not yet
  await assert.rejects(tabs[1].request("SkipNonPEWCContact"), { code: "offline", sent: false });
});
