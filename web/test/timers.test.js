import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { timers } from "../js/toolbar/timers.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-01-05T10:00:00Z") }));
afterEach(() => mock.timers.reset());

test("the time left is spoken of at 60, 30 and 10 seconds, once each", () => {
  const time = timers();
  time.begin(180_000);
  assert.deepEqual([61_000, 60_000, 59_000, 30_000, 29_000, 10_000, 9_000, 0].map(time.mark), [0, 60, 0, 30, 0, 10, 0, 0]);
  time.begin(120_000);
  assert.equal(time.mark(60_000), 60, "more time begins anew");
});

test("a mark that was over when the contact came is not spoken of", () => {
  const time = timers();
  time.begin(45_000);
  assert.deepEqual([44_000, 30_000, 10_000].map(time.mark), [0, 30, 10]);
  time.begin(10_000);
  assert.equal(time.mark(9_000), 0);
});

test("a contact is unseen for half a second, and whoever shows it is told when that is over", () => {
  const time = timers();
  const readable = mock.fn();
  time.shown(readable);
  mock.timers.tick(499);
  assert.equal(time.now().unseen, true);
  mock.timers.tick(1);
  assert.equal(time.now().unseen, false);
  assert.equal(readable.mock.callCount(), 1);
});

test("what changes by itself is drawn until it is over, and once more", () => {
  const time = timers();
  assert.equal(time.moves(), false);
  time.rest(600);
  assert.equal(time.now().waiting, true);
  assert.equal(time.moves(), true);
  mock.timers.tick(600);
  assert.equal(time.now().waiting, false);
  assert.equal(time.moves(), true);
  assert.equal(time.moves(), false);
});

test("a loss lasts from its first moment until the connection is back", () => {
  const time = timers();
  for (const down of [true, true]) {
    time.down(down);
    mock.timers.tick(2000);
  }
  assert.equal(time.now().downFor, 4000);
  assert.equal(time.moves(), true);
  time.down(false);
  assert.equal(time.now().downFor, 0);
});
