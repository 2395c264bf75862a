/** @import {FeedEvent, FeedGap} from "../sdk/protocol.d.ts" */
/** @import {Translate} from "../ui/i18n.js" */
import { h, text } from "../ui/h.js";
import { matches } from "./filters.js";

export const ROWS = 200;
const WAITING = 2000;
const TONES = { skip: "warn", skip_close: "danger", expire: "info", block: "danger", alert: "danger", dial: "ok", outcome: "ok" };

/** @typedef {FeedEvent | FeedGap} Entry */
/** @param {Entry} entry @returns {entry is FeedGap} */
const isGap = (entry) => "cause" in entry;
/** The numbers begin anew. @param {Entry} entry */
const rolledBack = (entry) => isGap(entry) && entry.cause === "rolled_back";

/**
 * The table of events: newest on top, at most 200 rows while it is live. Rows are written in the batches the client hands over; while it
 * is paused, by a person or because somebody is reading a row, they wait.
 */
export class FeedTable {
  #t;
  #clock;
  #why;
  #body = h("tbody");
  #table;
  #newRows;
  #older;
  #empty;
  /** @type {Entry[]} */
  #waiting = [];
  #overflow = false;
  #hovered = false;
  #q = "";
  #limit = ROWS;
  #last = 0;
  /** What came while the past is on its way, which may have been read before. @type {Entry[] | null} */
  #meanwhile = null;
  paused = false;
  /** Where older rows go on; "" if there are none. */
  cursor = "";
  /** Older rows are on their way: nothing is trimmed, or there would be a hole above them. */
  growing = false;
  /** The events of the rows, for search. @type {WeakMap<Element, FeedEvent>} */
  #events = new WeakMap();
  node;

  /**
   * @param {{t: Translate, clock: (ms: number) => string, why: (event: FeedEvent) => string, onOpen: (agent: string) => void,
   *   onResume: () => void, onOlder: () => void, onReload: () => void}} page
   */
  constructor({ t, clock, why, onOpen, onResume, onOlder, onReload }) {
    this.#t = t;
    this.#clock = clock;
    this.#why = why;
    this.reload = onReload;
    const columns = ["time", "type", "agent", "campaign", "contact", "reason", "held", "by"];
    this.#newRows = h("button", {
      type: "button",
      class: "new-rows primary",
      hidden: true,
      onclick: () => (this.#overflow ? onReload() : onResume()),
    });
    this.#older = h("button", { type: "button", onclick: onOlder }, t("older"));
    this.#empty = h("p", { class: "muted empty", hidden: true }, t("nothing"));
    const head = h(
      "tr",
      null,
      ...columns.map((name) => h("th", { scope: "col", class: `c-${name}` }, t(name))),
      h("th", { class: "c-open" }, h("span", { class: "sr" }, t("see"))),
    );
    this.#table = h("table", { class: "feed", "aria-label": t("feed") }, h("thead", null, head), this.#body);
    this.node = h(
      "div",
      { class: "feed-box", tabIndex: 0, role: "group", "aria-label": t("feed"), "aria-busy": "true" },
      this.#newRows,
      this.#table,
      this.#empty,
      h("div", { class: "older" }, this.#older),
    );
    this.#body.addEventListener("click", ({ target }) => {
      const row = target instanceof Element && target.closest("button") && target.closest("tr");
      const agent = row && this.#events.get(row)?.agent;
      if (agent) onOpen(agent);
    });
    this.node.addEventListener("mouseover", (event) => this.#hover(event.target instanceof Element && !!event.target.closest("tbody")));
    this.node.addEventListener("mouseleave", () => this.#hover(false));
  }

  /** Somebody reads or copies: the rows must not move under the pointer, the focus or the selection. */
  get #read() {
    const selection = getSelection();
    return (
      this.#hovered ||
      this.#body.contains(document.activeElement) ||
      (selection?.type === "Range" && this.#body.contains(selection.anchorNode))
    );
  }

  /** @param {boolean} inside */
  #hover(inside) {
    if (this.#hovered === inside) return;
    this.#hovered = inside;
    if (!inside) this.flush();
  }

  /** The past is asked for: `replace` or `loaded` follows. */
  loading() {
    this.#meanwhile = [];
    this.node.setAttribute("aria-busy", "true");
  }

  loaded() {
    this.#meanwhile = null;
    this.node.setAttribute("aria-busy", "false");
  }

  /** @param {Entry[]} entries oldest first */
  add(entries) {
    this.#meanwhile?.push(...entries);
    for (const entry of entries) {
      if (rolledBack(entry)) this.#last = 0;
      if (isGap(entry) || entry.seq > this.#last) this.#waiting.push(entry);
    }
    if (this.#waiting.length > WAITING) {
      this.#overflow = true;
      this.#waiting = [];
    }
    this.flush();
  }

  flush() {
    if (!this.paused && !this.#read && !this.#overflow && this.#waiting.length > 0) this.#write();
    const n = this.#waiting.filter((entry) => !isGap(entry)).length;
    this.#newRows.hidden = !this.#overflow && (n === 0 || !(this.paused || this.#read));
    text(this.#newRows, this.#overflow ? this.#t("newmany") : this.#t("newrows", { n }));
    this.node.dataset.waiting = String(n);
  }

  #write() {
    // What would be trimmed at once is not made.
    const all = this.#waiting.splice(0);
    const entries = this.growing ? all : all.slice(-this.#limit);
    for (const entry of entries) {
      if (!isGap(entry)) this.#last = entry.seq;
      else if (rolledBack(entry)) this.#last = 0;
    }
    const rows = document.createDocumentFragment();
    // A flood has no need to be pointed out row by row, and fifty fading rows cost more than making them.
    const few = entries.length <= 8;
    for (const entry of entries.reverse()) rows.append(isGap(entry) ? this.#gap(entry) : this.#row(entry, few));
    this.#body.prepend(rows);
    if (this.#trim() || entries.length < all.length) this.#end(this.#lowest());
    this.#count();
  }

  /** @returns {boolean} whether there were too many rows */
  #trim() {
    const { rows } = this.#body;
    const many = !this.growing && rows.length > this.#limit;
    while (many && rows.length > this.#limit) rows[rows.length - 1]?.remove();
    return many;
  }

  /** The id of the last event that is shown; a gap has none. */
  #lowest() {
    const row = [...this.#body.rows].findLast((some) => this.#events.has(some));
    return (row && this.#events.get(row)?.id) ?? "";
  }

  /** The past, newest first. @param {FeedEvent[]} events @param {string} next cursor */
  replace(events, next) {
    this.#waiting = [];
    this.#overflow = false;
    this.#limit = ROWS;
    this.#last = events[0]?.seq ?? 0;
    this.#body.replaceChildren(...events.slice(0, ROWS).map((event) => this.#row(event)));
    this.#end(next);
    const meanwhile = this.#meanwhile ?? [];
    this.loaded();
    // A gap that was told of while the past was on its way is one in the past, too: it stands above what is older.
    for (const gap of meanwhile.filter(isGap)) {
      const below = [...this.#body.rows].find((row) => !follows(this.#events.get(row)?.id ?? "", gap.to));
      this.#body.insertBefore(this.#gap(gap), below ?? null);
    }
    // Of before the history was rolled back, nothing is to come on top of it.
    this.add(meanwhile.slice(meanwhile.findLastIndex(rolledBack) + 1).filter((entry) => !isGap(entry)));
  }

  /**
   * Older events, newest first: the table may grow for them, and for what came meanwhile, else the next row would push
   * them out again. @param {FeedEvent[]} events @param {string} next cursor
   */
  append(events, next) {
    this.#body.append(...events.map((event) => this.#row(event)));
    this.#limit = Math.max(this.#limit, this.#body.rows.length + this.#waiting.length);
    this.#end(next);
  }

  /** Back to the newest. */
  trim() {
    this.#limit = ROWS;
  }

  /** @param {FeedGap} gap */
  #gap({ cause }) {
    const load = h("button", { type: "button", onclick: () => this.reload() }, this.#t("loadthem"));
    const words = this.#t("gap", { why: this.#t(`gap.${cause}`) });
    return h("tr", { class: "gap" }, h("td", { colSpan: 9 }, h("div", { class: "gap-line" }, h("span", null, words), load)));
  }

  /** @param {string} q */
  search(q) {
    this.#q = q;
    for (const row of this.#body.rows) {
      const event = this.#events.get(row);
      row.hidden = !!event && !matches(event, q);
    }
    this.#count();
  }

  #count() {
    this.#empty.hidden = [...this.#body.rows].some((row) => !row.hidden);
  }

  /** @param {string} cursor of what is below the last row */
  #end(cursor) {
    this.cursor = cursor;
    this.#older.hidden = !cursor;
    this.#count();
  }

  /** Copied from one made beforehand: at 200 events a second, making each cell anew is what a frame is lost to. */
  #pattern = h(
    "tr",
    null,
    h("td", { class: "num" }, h("time")),
    h("td", null, h("span", { class: "pill" })),
    h("td"),
    h("td"),
    h("td", { class: "num" }),
    h("td"),
    h("td", { class: "num" }),
    h("td"),
    h("td", null, h("button", { type: "button", class: "quiet" }, "›")),
  );

  /** @param {FeedEvent} event @param {boolean} [fresh] */
  #row(event, fresh = false) {
    const { at, type, agent, campaign, contactId, phone, heldMs, actor, skips } = event;
    const row = /** @type {HTMLTableRowElement} */ (this.#pattern.cloneNode(true));
    const [when, what, who, where, whom, why, how, by, open] = /** @type {any} */ (row.cells);
    when.firstChild.dateTime = at;
    when.firstChild.textContent = this.#clock(Date.parse(at));
    what.firstChild.dataset.tone = TONES[/** @type {keyof typeof TONES} */ (type)] ?? "";
    what.firstChild.textContent = this.#t(`type.${type}`);
    who.textContent = agent;
    where.textContent = campaign;
    whom.title = contactId;
    whom.textContent = phone ? `•••${phone}` : contactId;
    why.textContent = this.#why(event);
    if (skips > 1 && type === "skip") why.append(" ", h("span", { class: "pill", "data-tone": "info" }, `×${skips}`));
    how.textContent = heldMs > 0 ? held(heldMs) : "";
    by.textContent = actor === agent ? "" : actor;
    if (agent) open.firstChild.setAttribute("aria-label", this.#t("open", { agent }));
    else open.firstChild.remove();
    if (fresh) row.className = "fresh";
    row.dataset.seq = String(event.seq);
    this.#events.set(row, event);
    row.hidden = !matches(event, this.#q);
    return row;
  }
}

/** Whether an event came after another, by their ids in the stream: a time and a number. @param {string} id @param {string} other */
function follows(id, other) {
  const [ms = 0, n = 0] = id.split("-").map(Number);
  const [otherMs = 0, otherN = 0] = other.split("-").map(Number);
  return ms > otherMs || (ms === otherMs && n > otherN);
}

/** @param {number} ms */
export function held(ms) {
  const seconds = Math.round(ms / 1000);
  const two = (/** @type {number} */ n) => String(Math.floor(n) % 60).padStart(2, "0");
  const minutes = seconds / 60;
  return minutes < 60 ? `${Math.floor(minutes)}:${two(seconds)}` : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(seconds)}`;
}
