/** @import {Translate} from "../ui/i18n.js" */
/** @import {FeedEvent} from "../sdk/protocol.d.ts" */
import { gauge } from "../ui/gauge.js";
import { h, text } from "../ui/h.js";
import { held } from "./feed.js";
import { twice } from "./twice.js";

/** @typedef {{agent: string, name?: string, node: string, since: string, state: string, contactId: string, reservedUntil: string, connected: boolean}} Online */
/** @typedef {{contactId: string, campaignId: string, since: string, reason: string, skips: number, attempts: number, phone: string}} Review */
/**
 * @typedef {{t: Translate, clock: (iso: string) => string, now: () => number, reason: (id: string) => string,
 *   act: (work: () => Promise<void>) => Promise<boolean>}} Page
 */

/**
 * The agents on line, and what a supervisor may do for them.
 *
 * @param {Page & {open: (agent: string) => void, takeBack: (agent: string) => Promise<void>, signOut: (agent: string) => Promise<void>}} page
 */
export function team({ t, clock, now, act, open, takeBack, signOut }) {
  const body = h("tbody");
  const empty = h("p", { class: "muted empty", hidden: true }, t("noteam"));
  const heads = ["agent", "state", "contact", "left", "since", "node"].map((name) => h("th", { scope: "col" }, t(name)));
  const table = h(
    "table",
    { class: "team" },
    h("thead", null, h("tr", null, ...heads, h("th", { scope: "col" }, h("span", { class: "sr" }, t("actions"))))),
    body,
  );
  /** @type {Map<string, {row: HTMLTableRowElement, update: (online: Online) => void}>} */
  const rows = new Map();
  /** @type {Online[]} */
  let list = [];

  /** @param {string} agent */
  const make = (agent) => {
    const name = h("button", { type: "button", class: "quiet link", onclick: () => open(agent) });
    const cells = Array.from({ length: 5 }, () => h("td"));
    const back = twice(t("takeback"), t("sure"), () => act(() => takeBack(agent)));
    const out = twice(t("signout"), t("sure"), () => act(() => signOut(agent)));
    const row = h("tr", null, h("th", { scope: "row" }, name), ...cells, h("td", null, h("div", { class: "acts" }, back, out)));
    return {
      row,
      /** @param {Online} online */
      update(online) {
        const { contactId, reservedUntil, state, connected, since, node } = online;
        const left = Date.parse(reservedUntil) - now();
        const doing = state || t(contactId ? "type.reserve" : "free");
        const busy = connected === false ? `${doing} (${t("away")})` : doing;
        const values = [busy, contactId, contactId && left > 0 ? held(left) : "", clock(since), node];
        text(name, online.name && online.name !== agent ? `${online.name} (${agent})` : agent);
        for (const [i, cell] of cells.entries()) text(cell, values[i] ?? "");
        back.hidden = !contactId;
      },
    };
  };
  const node = h("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": t("team") }, table, empty);
  const refresh = () => {
    for (const online of list) rows.get(online.agent)?.update(online);
  };
  return {
    node,
    refresh,
    /** @param {Online[]} agents */
    show(agents) {
      list = agents;
      for (const [agent, { row }] of rows) {
        if (agents.some((online) => online.agent === agent)) continue;
        row.remove();
        rows.delete(agent);
      }
      for (const { agent } of agents) {
        const made = rows.get(agent) ?? make(agent);
        rows.set(agent, made);
        if (!made.row.isConnected) body.append(made.row);
      }
      empty.hidden = agents.length > 0;
      table.hidden = agents.length === 0;
      refresh();
    },
  };
}

/**
 * Contacts that a person has to decide on, oldest first.
 *
 * @param {Page & {more: () => void, decide: (contact: string, decision: "reopen" | "close", note: string) => Promise<void>}} page
 */
export function reviewQueue({ t, clock, reason, act, decide, more }) {
  const list = h("ul", { class: "reviews" });
  const empty = h("p", { class: "muted empty", hidden: true }, t("noreviews"));
  const count = h("span");
  const rest = h("div", { class: "alerts-more", hidden: true }, count, h("button", { type: "button", onclick: more }, t("loadmore")));
  /** @type {Map<string, HTMLLIElement>} */
  const rows = new Map();

  /** @param {Review} review */
  const make = ({ contactId, campaignId, since, reason: why, skips, attempts, phone }) => {
    const note = h("input", { type: "text", maxlength: "140", placeholder: t("note"), "aria-label": `${t("note")}: ${contactId}` });
    const facts = [
      campaignId,
      phone && `•••${phone}`,
      reason(why),
      `${t("skipsof")} ${skips}`,
      `${t("attempts")} ${attempts}`,
      clock(since),
    ];
    const choose = (/** @type {"reopen" | "close"} */ decision) =>
      h(
        "button",
        { type: "button", class: "small", onclick: () => act(() => decide(contactId, decision, note.value.trim())) },
        t(decision),
      );
    return h(
      "li",
      null,
      h("div", null, h("strong", { class: "num" }, contactId), h("p", { class: "small muted num" }, facts.filter(Boolean).join(" · "))),
      h("div", { class: "acts" }, note, choose("reopen"), choose("close")),
    );
  };
  return {
    node: h("div", null, list, rest, empty),
    /** @param {Review[]} reviews @param {boolean} all @param {number} n how many there are, as far as known */
    show(reviews, all, n) {
      rest.hidden = all;
      const shown = reviews.length;
      text(count, t(n > shown ? "shownof" : "shownfirst", { shown, n })); // the campaigns tell how many there are, by themselves
      for (const [id, row] of rows) {
        if (reviews.some(({ contactId }) => contactId === id)) continue;
        row.remove();
        rows.delete(id);
      }
      for (const review of reviews) {
        if (rows.has(review.contactId)) continue; // somebody may be writing a note in it
        const row = make(review);
        rows.set(review.contactId, row);
        list.append(row);
      }
      empty.hidden = reviews.length > 0;
    },
  };
}

/**
 * One agent beside everybody: the last reservations and why they were skipped.
 *
 * @param {Page & {why: (event: FeedEvent) => string, close: () => void}} page
 */
export function agentPanel({ t, clock, reason, why, close }) {
  const title = h("h2", { tabIndex: -1 });
  const split = h("div", { class: "split" });
  const body = h("tbody");
  const heads = ["time", "type", "contact", "reason", "held"].map((name) => h("th", { scope: "col" }, t(name)));
  const node = h(
    "aside",
    { class: "panel card", hidden: true },
    h("div", { class: "panel-head" }, title, h("button", { type: "button", onclick: close }, t("closepanel"))),
    h("h3", null, t("reasonsplit")),
    split,
    h("h3", null, t("lastreservations")),
    h(
      "div",
      { class: "scroll", tabIndex: 0, role: "group", "aria-label": t("lastreservations") },
      h("table", null, h("thead", null, h("tr", null, ...heads)), body),
    ),
  );
  node.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return {
    node,
    /** @param {string} agent @param {FeedEvent[]} events newest first @param {{reason: string, skips: number}[]} everybody */
    show(agent, events, everybody) {
      text(title, t("panel", { agent }));
      node.setAttribute("aria-label", t("panel", { agent }));
      /** @type {Record<string, number>} */
      const mine = {};
      for (const { type, reason: id } of events) if (type === "skip" || type === "skip_close") mine[id] = (mine[id] ?? 0) + 1;
      const total = Object.values(mine).reduce((a, b) => a + b, 0);
      const all = everybody.reduce((sum, { skips }) => sum + skips, 0);
      const share = (/** @type {number} */ n, /** @type {number} */ of) => (of > 0 ? Math.round((n / of) * 100) : 0);
      split.replaceChildren(
        ...Object.entries(mine)
          .sort((a, b) => b[1] - a[1])
          .map(([id, n]) => {
            const theirs = everybody.find((entry) => entry.reason === id)?.skips ?? 0;
            const bars = [
              [t("mine"), share(n, total), "mine"],
              [t("theirs"), share(theirs, all), "theirs"],
            ].map(([label, percent, name]) =>
              h(
                "div",
                { class: "bar-row" },
                h("span", { class: "small muted" }, String(label)),
                gauge(Number(percent) / 100, `${reason(id)}, ${label}`, String(name)),
                h("span", { class: "num small" }, `${percent} %`),
              ),
            );
            return h("div", null, h("strong", { class: "small" }, reason(id)), ...bars);
          }),
      );
      body.replaceChildren(
        ...events.map((event) => {
          const { at, type, phone, contactId, heldMs } = event;
          const values = [clock(at), t(`type.${type}`), phone ? `•••${phone}` : contactId, why(event), heldMs > 0 ? held(heldMs) : ""];
          return h("tr", null, ...values.map((value) => h("td", { class: "num" }, value)));
        }),
      );
      const opening = node.hidden;
      node.hidden = false;
      if (opening) title.focus();
    },
    hide() {
      node.hidden = true;
    },
  };
}
