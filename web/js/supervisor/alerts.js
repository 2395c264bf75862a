/** @import {Translate} from "../ui/i18n.js" */
import { h, text } from "../ui/h.js";
import { twice } from "./twice.js";

/**
 * @typedef {{id: string, kind: string, subject: string, campaign: string, agent: string, value: number, limit: number, n: number,
 *   since: string, clearedAt: string, ackedBy: string, ackedAt: string, seq: number}} Alert
 */

const KINDS = ["rate_agent", "rate_campaign", "in_a_row", "burst", "reason"];

/** @param {Alert} alert @param {Translate} t @param {(share: number) => string} percent */
export function alertText({ kind, subject, agent, campaign, value, limit, n }, t, percent) {
  const known = KINDS.includes(kind) ? kind : "other";
  const share = (/** @type {number} */ x) => (known.startsWith("rate") || known === "reason" ? percent(x) : String(x));
  return t(`alert.${known}`, { subject: subject || agent || campaign, value: share(value), limit: share(limit), n, kind });
}

/**
 * What the hub found unusual: the same list for every supervisor, and who has seen it.
 *
 * @param {{t: Translate, clock: (iso: string) => string, percent: (share: number) => string, see: (alert: Alert) => void, acknowledge: (alerts: Alert[]) => Promise<void>}} page
 */
export function alertList({ t, clock, percent, see, acknowledge }) {
  const first = 6; // the feed is to stay in sight
  const list = h("ul", { class: "alerts" });
  /** @type {Alert[]} */
  let known = [];
  let whole = false;
  let shown = "";
  const count = h("span");
  const toggle = h("button", { type: "button", onclick: () => draw(!whole) });
  const unseen = () => known.filter(({ ackedBy }) => !ackedBy);
  const ackAll = twice(t("ackall"), t("sure"), () => acknowledge(unseen()));
  const many = h("div", { class: "alerts-more", hidden: true }, count, toggle, ackAll);
  const node = h("section", { "aria-label": t("alerts"), hidden: true }, list, many);
  /** @param {Alert} alert */
  const row = (alert) => {
    const { id, clearedAt, ackedBy, ackedAt, since, campaign } = alert;
    const seen = ackedBy && t("ackedby", { name: ackedBy, time: clock(ackedAt) });
    const more = [campaign, clock(since), clearedAt && t("cleared", { time: clock(clearedAt) }), seen].filter(Boolean).join(" · ");
    const ack = h("button", { type: "button" }, t("ack"));
    ack.addEventListener("click", async () => {
      if (ack.getAttribute("aria-disabled") === "true") return;
      ack.setAttribute("aria-disabled", "true");
      await acknowledge([alert]);
      ack.setAttribute("aria-disabled", "false"); // still there if that failed
    });
    return h(
      "li",
      { "data-tone": clearedAt || ackedBy ? "info" : "danger", "data-id": id },
      h("div", null, h("strong", null, alertText(alert, t, percent)), h("p", { class: "small num" }, more)),
      h("div", { class: "acts" }, h("button", { type: "button", onclick: () => see(alert) }, t("see")), !ackedBy && ack),
    );
  };
  /** @param {boolean} all */
  function draw(all) {
    whole = all;
    // Somebody may be about to press a button: it moves and goes only if there is something to tell.
    const now = JSON.stringify([known, whole]);
    if (shown === now) return;
    shown = now;
    const focused = document.activeElement?.closest(".alerts li");
    const place = focused ? [...focused.querySelectorAll("button")].indexOf(/** @type {any} */ (document.activeElement)) : 0;
    const rows = known.slice(0, whole ? known.length : first).map(row);
    list.replaceChildren(...rows);
    node.hidden = known.length === 0;
    many.hidden = known.length <= first;
    text(count, t("shownof", { shown: rows.length, n: known.length }));
    text(toggle, t(whole ? "fewer" : "showall"));
    ackAll.hidden = unseen().length === 0;
    if (!focused) return;
    const buttons = rows.find(({ dataset }) => dataset.id === /** @type {HTMLElement} */ (focused).dataset.id)?.querySelectorAll("button");
    (buttons?.[place] ?? buttons?.[0] ?? list.querySelector("button"))?.focus();
  }

  return {
    node,
    /** @param {Alert[]} alerts */
    show(alerts) {
      // Open ones first; what is over and was seen needs nobody any more.
      known = alerts.filter(({ clearedAt, ackedBy }) => !clearedAt || !ackedBy);
      known.sort((a, b) => Number(!!a.ackedBy) - Number(!!b.ackedBy) || b.since.localeCompare(a.since));
      draw(whole);
    },
  };
}
