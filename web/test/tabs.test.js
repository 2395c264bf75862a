import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { HubClient, HubError } from "../js/sdk/hub-client.js";
import { contact, FakeHub, hello, settle, token } from "./fake-hub.js";

const soon = () => new Promise((done) => setImmediate(done));

/** Web Locks as browsers have them, as far as the client uses them: one holder a name, the next in line a moment after it lets go. */
class Locks {
  /** @type {Map<string, {holder?: object, line: object[]}>} */
  names = new Map();
  /** What a page that stands still does not hear yet. @type {(() => void)[] | null} */
  late = null;
  request(name, options, work = options) {
    const lock = this.names.get(name) ?? { line: [] };
    this.names.set(name, lock);
    return new Promise((resolve, reject) => {
      const taken = () => reject(new DOMException("taken", "AbortError"));
      const turn = { work, resolve, taken };
      if (options.steal) {
        const { taken: lost = () => {} } = lock.holder ?? {};
        if (this.late) this.late.push(lost);
        else lost();
        lock.holder = undefined;
        lock.line.unshift(turn);
      } else lock.line.push(turn);
      options.signal?.addEventListener("abort", () => {
        if (!lock.line.includes(turn)) return;
        lock.line.splice(lock.line.indexOf(turn), 1);
        taken();
      });
      this.next(lock);
    });
  }
  async next(lock) {
    await soon();
    if (lock.holder || !lock.line.length) return;
    const turn = lock.line.shift();
    lock.holder = turn;
    turn.resolve(await turn.work());
    if (lock.holder !== turn) return;
    lock.holder = undefined;
    this.next(lock);
  }
}

/** A channel as browsers have it: what was posted arrives, even if the tab that posted it has closed; Node's takes it back. */
class Channel {
  static open = new Set();
  /** What waits for a page that stands still, as in an alert. @type {(() => void)[] | null} */
  late = null;
  constructor(name) {
    this.name = name;
    Channel.open.add(this);
  }
  postMessage(message) {
    if (this.late) return;
    const data = structuredClone(message);
    for (const other of Channel.open) if (other !== this && other.name === this.name) setImmediate(() => other.deliver(data));
  }
  deliver(data) {
    if (this.late) this.late.push(data);
    else if (Channel.open.has(this)) this.onmessage({ data });
  }
  /** The page goes on. */
  wake() {
    const late = this.late ?? [];
    this.late = null;
    for (const data of late) this.deliver(data);
  }
  close() {
    Channel.open.delete(this);
  }
}

let fake;
let tabs;
const realChannel = globalThis.BroadcastChannel;
const realFetch = globalThis.fetch;
const realTimeout = globalThis.setTimeout;
/** Channels deliver when they like, so each step waits for what it needs. @param {() => unknown} check */
async function until(check) {
  for (let i = 0; i < 5000 && !check(); i++) await new Promise((done) => realTimeout(done, 1));
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

/** Two tabs of another agent, the first of which leads, under a clock that the test moves. */
async function pair(t) {
  for (const tab of tabs.splice(0)) tab.close(); // while the clock is the one that they began with
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: Date.now() });
  const sub = "other";
  const two = [];
  for (let i = 0; i < 2; i++) {
    const hub = new HubClient({ url: "ws://hub.test/ws", getToken: async () => token({ sub }), WebSocket: fake.WebSocket });
    tabs.push(hub);
    two.push(hub);
    const sockets = fake.sockets.length;
    await hub.connect();
    if (i === 0) {
      await until(() => fake.sockets.length > sockets);
      fake.socket.say(hello({ agent: sub, reservation: contact }));
    }
    await until(() => hub.state.state === "ready");
  }
  const [channel] = Channel.open;
  /** The first page stands still, as in an alert. */
  const freeze = () => {
    channel.late = [];
    navigator.locks.late = [];
  };
  const wake = () => {
    for (const lost of navigator.locks.late) lost();
    navigator.locks.late = null;
    channel.wake();
  };
  /** Seconds, one by one, with what they bring. */
  const pass = async (seconds) => {
    for (let i = 0; i < seconds; i++) {
      t.mock.timers.tick(1000);
      for (let k = 0; k < 5; k++) await soon();
    }
  };
  return { first: two[0], second: two[1], freeze, wake, pass, socket: fake.socket, count: fake.sockets.length };
}

test("a leader that stands still: the second tab says that it lost the hub, leads, and asks again with the same id", async (t) => {
  const { second, freeze, pass, count } = await pair(t);
  const states = [];
  second.on("state", ({ state, cause, lostAt }) => states.push([state, cause, lostAt > 0].join(" ")));
  freeze();
  const skip = second.request("SkipNonPEWCContact", { ContactId: "c1" });
  await pass(5);
  assert.equal(states[0], "reconnecting silent true");
  assert.equal(second.leads, true);
  await until(() => fake.sockets.length === count + 1);
  fake.socket.say(hello({ agent: "other", reservation: contact }));
  assert.equal(fake.socket.sent[0].subtopic, "SkipNonPEWCContact");
  fake.socket.answer({ success: true });
  assert.equal((await skip).message.response.success, true);
  assert.equal(second.snapshot.reservation, null);
});

test("a leader that says nothing for longer than a heartbeat is lost, though nobody pressed anything", async (t) => {
  const { second, freeze, pass, socket } = await pair(t);
  for (let i = 0; i < 3; i++) {
    await pass(19);
    socket.say({ channel: "HUB", topic: "Session", subtopic: "Heartbeat", message: { serverNow: new Date().toISOString() } });
    await pass(1);
  }
  assert.equal(second.state.state, "ready");
  await pass(24); // no heartbeat, as on a line that brings nothing: asked, and answered
  assert.equal(second.state.state, "ready");
  assert.equal(second.leads, false);
  freeze();
  await pass(25);
  assert.equal(second.leads, true);
});

test("a leader that wakes finds out: it sends nothing that lay there, ends nobody's session, and follows", async (t) => {
  const { first, second, freeze, wake, pass, socket, count } = await pair(t);
  const states = [];
  second.on("state", ({ state }) => states.push(state));
  freeze();
  const skip = second.request("SkipNonPEWCContact", { ContactId: "c1" });
  await pass(5);
  await until(() => fake.sockets.length === count + 1);
  fake.socket.say(hello({ agent: "other", reservation: contact }));
  fake.socket.answer({ success: true });
  await skip;
  socket.close(4501); // the hub has the new one
  wake();
  await pass(1);
  assert.equal(socket.sent.length, 0);
  assert.deepEqual(states, ["reconnecting", "reconnecting", "ready"]);
  assert.deepEqual([first.leads, second.leads], [false, true]);
  await until(() => first.state.state === "ready");
  assert.equal(first.snapshot.reservation, null, "and knows what happened");
  const asked = first.request("GetAgentCallCount");
  await until(() => fake.socket.sent.at(-1).subtopic === "GetAgentCallCount");
  fake.socket.answer({ success: true });
  await asked;
});

test("a new tab beside a leader that stands still does not wait for it", async (t) => {
  const { freeze, pass, count } = await pair(t);
  freeze();
  tabs.at(-1).close();
  const hub = new HubClient({ url: "ws://hub.test/ws", getToken: async () => token({ sub: "other" }), WebSocket: fake.WebSocket });
  tabs.push(hub);
  await hub.connect();
  await pass(5);
  assert.equal(hub.leads, true);
  assert.equal(fake.sockets.length, count + 1);
});

test("pages that slept together find each other again", async (t) => {
  const { second, pass, count } = await pair(t);
  t.mock.timers.setTime(Date.now() + 3_600_000);
  await pass(3);
  assert.equal(second.state.state, "ready");
  assert.equal(fake.sockets.length, count);
});

/** A window that can be put away and taken out again. */
function page(t) {
  const target = new EventTarget();
  globalThis.addEventListener = target.addEventListener.bind(target);
  t.after(() => Reflect.deleteProperty(globalThis, "addEventListener"));
  return (name) => target.dispatchEvent(new Event(name));
}

test("a page put away or frozen closes its socket and gives up the lead; back in sight it follows who leads", async (t) => {
  for (const [away, back] of [
    ["pagehide", "pageshow"],
    ["freeze", "resume"],
  ]) {
    for (const tab of tabs.splice(0)) tab.close();
    const happens = page(t);
    const hub = new HubClient({ url: "ws://hub.test/ws", getToken: async () => token({ sub: away }), WebSocket: fake.WebSocket });
    tabs.push(hub);
    const sockets = fake.sockets.length;
    await hub.connect();
    await until(() => fake.sockets.length > sockets);
    const { socket } = fake;
    socket.say(hello({ agent: away, reservation: contact }));
    happens(away);
    assert.equal(socket.closed, 1000);
    assert.equal(hub.state.state, "reconnecting");
    assert.equal(hub.state.canWork, false);
    assert.ok(hub.state.lostAt > 0);
    await assert.rejects(hub.request("SkipNonPEWCContact"), { code: "offline", sent: false });
    assert.equal(Channel.open.size, 0);
    Reflect.deleteProperty(globalThis, "addEventListener");
    const other = new HubClient({ url: "ws://hub.test/ws", getToken: async () => token({ sub: away }), WebSocket: fake.WebSocket });
    tabs.push(other);
    await other.connect();
    await until(() => fake.socket !== socket);
    fake.socket.say(hello({ agent: away }));
    happens(back);
    await until(() => hub.state.state === "ready");
    assert.equal(hub.leads, false);
    assert.equal(hub.snapshot.reservation, null, "what was true meanwhile");
    assert.equal(fake.sockets.length, sockets + 2);
    // And with nobody else there it connects by itself.
    other.close();
    await until(() => fake.sockets.length === sockets + 3);
  }
});

test("whoever leads after the end of a session waits for a person", async () => {
  const { socket } = fake;
  socket.close(4501);
  await until(() => tabs[1].state.state === "superseded");
  tabs[0].close();
  await until(() => tabs[1].leads);
  await settle();
  assert.equal(fake.sockets.length, 1, "the other browser keeps the session");
  tabs[1].takeOver();
  await until(() => fake.sockets.length === 2);
});
