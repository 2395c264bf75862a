/** @import {Translate} from "../ui/i18n.js" */
import { gauge } from "../ui/gauge.js";
import { h, text } from "../ui/h.js";

/** Below this many ended reservations a rate says more about chance than about anybody. */
export const ENOUGH = 10;

/**
 * @typedef {{skips: number, ended: number, rate: number}} Rate
 * @typedef {{from: string, to: string, total: Rate, perMinute: import("./bars.js").Minute[], agents: (Rate & {agent: string})[],
 *   campaigns: (Rate & {campaign: string})[], reasons: {reason: string, skips: number}[]}} Stats
 */

/** By rate among those with enough; ties by count. @param {Stats["agents"]} agents */
export function topSkippers(agents) {
  return agents
    .filter(({ ended, skips }) => ended >= ENOUGH && skips > 0)
    .sort((a, b) => b.skips / b.ended - a.skips / a.ended || b.skips - a.skips);
}

/** Skips in the last n minutes and in the n before. @param {Stats["perMinute"]} perMinute @param {number} now @param {number} n */
export function recent(perMinute, now, n) {
  const start = Math.floor(now / 60_000) * 60_000 - (n - 1) * 60_000;
  let last = 0;
  let before = 0;
  for (const { minute, skips } of perMinute) {
    const at = Date.parse(minute);
    if (at >= start) last += skips;
    else if (at >= start - n * 60_000) before += skips;
  }
  return { last, before };
}

/** The row of figures. @param {Translate} t @param {(share: number) => string} percent */
export function counters(t, percent) {
  const keys = ["skips", "rate", "agents", "reserved", "review"];
  const cells = keys.map((key) => ({
    label: h("dt", null, t(`count.${key}`)),
    value: h("dd", { class: "num" }, "–"),
    more: h("dd", { class: "small muted num" }, "\u00a0"),
  }));
  const node = h(
    "dl",
    { class: "counters", "aria-label": t("counters") },
    ...cells.map(({ label, value, more }) => h("div", { class: "card" }, label, value, more)),
  );
  /** @param {number} i @param {string} value @param {string} more */
  const set = (i, value, more) => {
    const cell = cells[i];
    if (!cell) return;
    text(cell.value, value);
    text(cell.more, more || "\u00a0");
  };
  return {
    node,
    /** @param {Stats} stats @param {number} now @param {string} window */
    stats(stats, now, window) {
      const { last, before } = recent(stats.perMinute, now, 5);
      const change = last === before ? t("same") : t(last > before ? "more" : "less", { n: Math.abs(last - before) });
      set(0, String(last), change);
      const { skips, ended } = stats.total;
      text(/** @type {any} */ (cells[1]).label, t("count.rate", { window }));
      set(1, ended >= ENOUGH ? percent(skips / ended) : "–", ended >= ENOUGH ? t("ofn", { n: ended }) : t("oftoofew", { n: ended }));
      set(2, String(stats.agents.filter((agent) => agent.skips > 0).length), t("ofn", { n: stats.agents.length }));
    },
    /** @param {number} online */
    agents: (online) => text(/** @type {any} */ (cells[3]).more, t("online", { n: online })),
    /** @param {number} reserved @param {number} review */
    campaigns(reserved, review) {
      text(/** @type {any} */ (cells[3]).value, String(reserved));
      text(/** @type {any} */ (cells[4]).value, String(review));
    },
  };
}

/** @param {Translate} t @param {(share: number) => string} percent @param {(agent: string) => void} open */
export function topList(t, percent, open) {
  const list = h("ol", { class: "top-list" });
  const empty = h("p", { class: "muted empty" }, t("topnone"));
  return {
    node: h("div", null, h("p", { class: "muted small" }, t("topwhy")), list, empty),
    /** @param {Stats} stats */
    show({ agents }) {
      const top = topSkippers(agents).slice(0, 6);
      const focused = list.contains(document.activeElement) ? document.activeElement?.textContent : null;
      list.replaceChildren(
        ...top.map(({ agent, skips, ended }) =>
          h(
            "li",
            null,
            h("button", { type: "button", class: "quiet link", onclick: () => open(agent) }, agent),
            gauge(skips / ended, agent),
            h("strong", { class: "num" }, percent(skips / ended)),
            h("span", { class: "muted small num" }, `${skips}/${ended}`),
          ),
        ),
      );
      empty.hidden = top.length > 0;
      if (focused) [...list.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
    },
  };
}
