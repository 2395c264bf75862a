/** @typedef {{campaign: string, agent: string, reason: string, type: string, last: string, q: string, who: string, by: string, paused: boolean}} View */

/** The windows one can look at, in minutes. */
export const WINDOWS = { "15m": 15, "60m": 60, "4h": 240, "24h": 1440 };

/** What the chart can be split by. */
export const SPLITS = ["reason", "campaign"];

/** What the address says; a link shows the same to a colleague. @param {string} address @returns {View} */
export function readView(address) {
  const query = new URLSearchParams(address);
  const word = (/** @type {string} */ name) => query.get(name) ?? "";
  return {
    campaign: word("campaign"),
    agent: word("agent"),
    reason: word("reason"),
    type: word("type"),
    last: word("last") in WINDOWS ? word("last") : "60m",
    q: word("q"),
    who: word("who"),
    by: SPLITS.includes(word("by")) ? word("by") : "",
    paused: word("paused") === "1",
  };
}

/** @param {View} view @returns {string} starts with `?` */
export function writeView({ last, paused, ...rest }) {
  const query = new URLSearchParams(Object.entries(rest).filter(([, value]) => value));
  if (last !== "60m") query.set("last", last);
  if (paused) query.set("paused", "1");
  return `?${query}`;
}

/** The part that the hub filters by. @param {View} view @returns {Record<string, string>} */
export function asked({ campaign, agent, reason, type }) {
  return Object.fromEntries(Object.entries({ campaign, agent, reason, type }).filter(([, value]) => value));
}

/** @param {View} view @param {number} now @returns {string} where the window begins, RFC 3339 */
export function windowStart({ last }, now) {
  const minutes = WINDOWS[/** @type {keyof typeof WINDOWS} */ (last)];
  return new Date(Math.floor(now / 60_000) * 60_000 - (minutes - 1) * 60_000).toISOString();
}

/** @param {import("../sdk/protocol.d.ts").FeedEvent} event @param {string} q */
export function matches({ agent, campaign, contactId, phone, reason, note, actor }, q) {
  const words = q.toLowerCase().trim();
  return (
    !words ||
    [agent, campaign, contactId, phone, reason, note, actor].some((value) =>
      String(value ?? "")
        .toLowerCase()
        .includes(words),
    )
  );
}
