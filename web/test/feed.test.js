import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HubClient } from "../js/sdk/hub-client.js";
import { FakeHub, hello, settle, token } from "./fake-hub.js";

let fake;
let hub;
const realFetch = globalThis.fetch;

beforeEach(async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  fake = new FakeHub();
  globalThis.fetch = fake.fetch;
  hub = new HubClient({ url: "ws://hub.test/ws", tabs: "each", getToken: async () => token(), WebSocket: fake.WebSocket });
  await hub.connect();
  await settle();
  fake.socket.say(hello({ role: "supervisor" }));
});
afterEach(() => {
  hub.close();
  mock.timers.reset();
  globalThis.fetch = realFetch;
});

const event = (seq) => ({ channel: "HUB", topic: "Skips", subtopic: "Event", message: { id: `${seq}-0`, seq, type: "skip" } });
const subscribed = async (message) => {
  const { requestId } = fake.socket.sent.at(-1);
  fake.socket.say({ channel: "HUB", topic: "Skips", subtopic: "Subscribed", requestId, message });
  await settle();
};
async function follow() {
  const seen = { events: [], batches: 0, gaps: [] };
  const feed = await hub.subscribe(
    "skips",
    {},
    {
      onEvents: (events) => {
        seen.batches++;
        seen.events.push(...events.map(({ seq }) => seq));
      },
      onGap: (gap) => seen.gaps.push(gap),
    },
  );
  return { seen, feed };
}

test("events come in batches, in order, and none twice", async () => {
  const { seen } = await follow();
  await subscribed({ recovered: false, id: "10-0", seq: 10 });
  for (const seq of [10, 11, 12, 12, 11, 13]) fake.socket.say(event(seq));
  mock.timers.tick(250);
  assert.deepEqual(seen.events, [11, 12, 13]);
  assert.equal(seen.batches, 1);
});

test("after a lost socket the feed goes on directly after the last event", async () => {
  const { seen } = await follow();
  await subscribed({ recovered: false, id: "10-0", seq: 10 });
  fake.socket.say(event(11));
  mock.timers.tick(250);
  fake.socket.close(1006);
  mock.timers.tick(1000);
  await settle();
  fake.socket.say(hello({ role: "supervisor" }));
  assert.deepEqual(fake.socket.sent.at(-1).data, { since: "11-0", seq: 11, filter: {} });
  fake.socket.say(event(12)); // the replay may come before the answer
  await subscribed({ recovered: true, id: "12-0", seq: 12 });
  mock.timers.tick(250);
  assert.deepEqual(seen.events, [11, 12]);
});

test("a gap is told after what came before it, and the feed goes on behind it", async () => {
  const { seen } = await follow();
  await subscribed({ recovered: false, id: "10-0", seq: 10 });
  fake.socket.say(event(11));
  fake.socket.say({ channel: "HUB", topic: "Skips", subtopic: "Gap", message: { from: "11-0", to: "20-0", cause: "trimmed" } });
  assert.deepEqual(seen.events, [11]);
  assert.equal(seen.gaps.length, 1);
  fake.socket.close(1006); // before anything new happens
  mock.timers.tick(1000);
  await settle();
  fake.socket.say(hello({ role: "supervisor" }));
  assert.deepEqual(fake.socket.sent.at(-1).data, { since: "20-0", filter: {} });
  await subscribed({ recovered: true, id: "20-0", seq: 20 });
  fake.socket.say(event(21));
  mock.timers.tick(250);
  assert.deepEqual(seen.events, [11, 21]);
});

test("after a rolled-back history events are taken although their numbers were there before", async () => {
  const { seen } = await follow();
  await subscribed({ recovered: false, id: "10-0", seq: 10 });
  fake.socket.say(event(11));
  fake.socket.say({ channel: "HUB", topic: "Skips", subtopic: "Gap", message: { from: "11-0", to: "7-0", cause: "rolled_back" } });
  for (const seq of [8, 9]) fake.socket.say(event(seq));
  mock.timers.tick(250);
  assert.deepEqual(seen.events, [11, 8, 9]);
});

test("another filter starts anew, without a place to go on from", async () => {
  const { feed } = await follow();
  await subscribed({ recovered: false, id: "10-0", seq: 10 });
  fake.socket.say(event(11));
  feed.update({ campaign: "Spring" });
  assert.deepEqual(fake.socket.sent.at(-1).data, { filter: { campaign: "Spring" } });
});

test("a client that shares its socket with other tabs offers no feed", async () => {
  const shared = new HubClient({ url: "ws://hub.test/ws", getToken: async () => "", WebSocket: fake.WebSocket });
  await assert.rejects(shared.subscribe("skips", {}, {}), { code: "not_allowed" });
});

test("one Subscribe goes out per connection", async () => {
  await follow();
  await subscribed({ recovered: false, id: "10-0", seq: 10 });
  assert.equal(fake.socket.sent.length, 1);
  fake.socket.close(1006);
  mock.timers.tick(1000);
  await settle();
  fake.socket.say(hello({ role: "supervisor" }));
  assert.equal(fake.socket.sent.length, 1);
});
