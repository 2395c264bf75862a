import assert from "node:assert/strict";
import { test } from "node:test";
import { bars, OTHERS, recolour } from "../js/supervisor/bars.js";
import { asked, matches, readView, windowStart, writeView } from "../js/supervisor/filters.js";
import { recent, topSkippers } from "../js/supervisor/stats.js";

test("the address holds the view and gives it back", () => {
  const view = {
    campaign: "Spring renewal",
    agent: "a@b",
    reason: "",
    type: "skip",
    last: "4h",
    q: "x&y",
    who: "agent1",
    by: "reason",
    paused: true,
  };
  assert.deepEqual(readView(writeView(view)), view);
  assert.equal(writeView(readView("")), "?");
  assert.equal(readView("?last=2y").last, "60m", "what it does not know is the default");
  assert.equal(readView("?by=phone").by, "");
  assert.deepEqual(asked(view), { campaign: "Spring renewal", agent: "a@b", type: "skip" });
});

test("a window begins at a whole minute", () => {
  assert.equal(windowStart(readView("?last=15m"), Date.parse("2026-01-05T10:30:42Z")), "2026-01-05T10:16:00.000Z");
});

test("search looks at what a row shows", () => {
  const event = {
    agent: "agent1",
    campaign: "Spring",
    contactId: "demo-7",
    phone: "0107",
    reason: "wrong_number",
    note: "Rings out",
    actor: "",
  };
  assert.ok(matches(event, " rings "));
  assert.ok(matches(event, "0107"));
  assert.ok(!matches(event, "agent2"));
});

test("no ranking below ten, rate first, then count", () => {
  const agents = [
    { agent: "few", skips: 9, ended: 9 },
    { agent: "big", skips: 20, ended: 100 },
    { agent: "same", skips: 4, ended: 20 },
    { agent: "high", skips: 6, ended: 12 },
    { agent: "none", skips: 0, ended: 50 },
  ];
  assert.deepEqual(
    topSkippers(agents).map(({ agent }) => agent),
    ["high", "big", "same"],
  );
});

test("the last five minutes and the five before", () => {
  const now = Date.parse("2026-01-05T10:30:30Z");
  const at = (minute, skips) => ({ minute: `2026-01-05T10:${minute}:00Z`, skips, ended: skips });
  assert.deepEqual(recent([at(30, 1), at(26, 2), at(25, 4), at(21, 8), at(20, 16)], now, 5), { last: 3, before: 12 });
});

test("bars are of 1, 5 or 30 minutes and begin where the clock does", () => {
  const from = Date.parse("2026-01-05T10:02:00Z");
  for (const [minutes, width, first, length] of [
    [15, 1, "10:02", 15],
    [60, 1, "10:02", 60],
    [240, 5, "10:00", 49],
    [1440, 30, "10:00", 49],
  ]) {
    const list = bars([{ minute: "2026-01-05T10:06:00Z", skips: 2, ended: 3 }], from, minutes);
    assert.equal(new Date(list[0].at).toISOString().slice(11, 16), first);
    assert.deepEqual([list[0].minutes, list.length], [width, length]);
    assert.ok(list.at(-1).at + width * 60_000 >= from + minutes * 60_000, "all of the window");
    assert.equal(list[Math.floor((Date.parse("2026-01-05T10:06:00Z") - list[0].at) / (width * 60_000))].skips, 2);
  }
});

test("a reason keeps its colour when others overtake it, and a new one gets what is free", () => {
  const tones = new Map();
  const shown = (...parts) => {
    recolour(tones, parts);
    return Object.fromEntries(tones);
  };
  assert.deepEqual(shown("a", "b", "c", OTHERS), { a: "s1", b: "s2", c: "s3", [OTHERS]: "rest" });
  assert.deepEqual(shown("c", "a", "b"), { a: "s1", b: "s2", c: "s3" });
  assert.deepEqual(shown("d", "c", "a"), { a: "s1", c: "s3", d: "s2" });
});
