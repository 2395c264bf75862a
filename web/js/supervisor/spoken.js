/** @import {FeedEvent} from "../sdk/protocol.d.ts" */
import { live, spoken } from "./frame.js";
import { t } from "./words.js";

const SPOKEN_EVERY = 15_000; // a screen reader that is told of every row tells nothing else

let spokenAt = 0;
/** @type {Map<string, number>} skips by agent that were not spoken of yet */
const unspoken = new Map();

/** Keeps what is to be spoken of. @param {FeedEvent[]} events */
export function note(events) {
  for (const { type, agent } of events) if (spoken.on && type.startsWith("skip")) unspoken.set(agent, (unspoken.get(agent) ?? 0) + 1);
}

/** One sentence for all that is new, for who asked for it. */
export function speak() {
  if (!spoken.on) return unspoken.clear();
  const now = Date.now();
  if (now - spokenAt < SPOKEN_EVERY) return;
  const most = [...unspoken].sort((a, b) => b[1] - a[1])[0];
  if (!most) return live.say("");
  const n = [...unspoken.values()].reduce((a, b) => a + b);
  live.say(t("news", { n, agent: most[0], most: most[1] }));
  unspoken.clear();
  spokenAt = now;
}
