/** @import {Contact, Envelope, Feed, FeedHandlers, FeedPosition, Hello, Hub, HubClientOptions, RequestOptions, StateEvent} from "./protocol.d.ts" */
import { claims, keepConnected, signedOut } from "./connection.js";
import { HubError, requestId } from "./hub-error.js";
import { canJoinTabs, joinTabs } from "./tabs.js";

export { HubError, requestId };

/** Where the hub's own requests live; all others are LCM/WebService. */
const HUB = { Dial: "Reservation", Extend: "Reservation", SignOut: "Session", Subscribe: "Skips" };

/** States that only a person ends. */
const ENDED = ["denied", "superseded", "signed-out"];
/** A leading tab answers at once, unless it stands still: in an alert, or frozen. */
const ANSWERS_WITHIN = 3000;

/** @typedef {{frame: string, subtopic: string, data: Record<string, unknown>, sent: number, deadline: number, wait: number, timer?: ReturnType<typeof setTimeout>, resolve: (e: Envelope<any>) => void, reject: (e: Error) => void}} Pending */

/**
 * The hub as a browser sees it. Requests are never queued while there is no connection, because a skip that arrives late could hit
 * another contact than the agent meant; what was sent and not answered is asked again with the same id, which the hub answers without
 * doing it twice.
 *
 * @implements {Hub}
 */
export class HubClient {
  #options;
  /** @type {import("./connection.js").Connection | null} */
  #connection = null;
  /** @type {ReturnType<typeof joinTabs> | null} */
  #tabs = null;
  /** Of the leading tab: when it began, which a later one has higher; when it was heard; by when it has to answer, 0 if nothing was asked. */
  #leader = { term: 0, heard: 0, due: 0, again: false, ticked: 0 };
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;
  /** What is known may be old: the next that leads says what is true. */
  #stale = false;
  /** The page is out of sight for good or for a while: it holds nothing. */
  #away = false;
  /** @type {AbortController | null} */
  #moments = null;
  #offset = 0;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  /** @type {Map<PropertyKey, Set<(event: any) => void>>} */
  #listeners = new Map();
  state = signedOut;
  /** @type {Hello | null} */
  snapshot = null;

  /** @param {HubClientOptions} options */
  constructor(options) {
    const url = options.url ?? new URL("/ws", import.meta.url).href.replace(/^http/, "ws");
    this.#options = { source: "agenthub", ...options, url, instance: requestId() };
  }

  /** Whether this tab holds the socket; only it may act for a page-wide bus. */
  get leads() {
    return !!this.#connection;
  }

  now() {
    return Date.now() + (this.#connection?.offset ?? this.#offset);
  }

  async connect() {
    if (!ENDED.includes(this.state.state)) return;
    if (this.#connection || this.#tabs) return this.takeOver();
    this.#away = false;
    this.#moments ??= this.#heed();
    return this.#join();
  }

  /** A page that may be frozen, or kept for the way back, would hold the socket and the lead and do nothing with them. */
  #heed() {
    const ending = new AbortController();
    const { signal } = ending;
    const leave = () => this.#leave();
    const back = () => this.#back();
    const moments = { pagehide: leave, freeze: leave, pageshow: back, resume: back };
    for (const [name, then] of Object.entries(moments)) globalThis.addEventListener?.(name, then, { signal, capture: true });
    return ending;
  }

  #leave() {
    if (this.#away) return;
    this.#away = true;
    this.#connection?.end();
    this.#part();
    if (!ENDED.includes(this.state.state)) this.#lost("hidden");
  }

  #back() {
    if (!this.#away) return;
    this.#away = false;
    if (!ENDED.includes(this.state.state)) this.#join();
  }

  /** Leaves the other tabs, if there are any. */
  #part() {
    if (!this.#tabs) return;
    clearInterval(this.#watch);
    this.#tabs.leave();
    this.#tabs = null;
    this.#connection = null;
  }

  /** @param {string} cause */
  #lost(cause) {
    const { heard } = this.#leader;
    this.#stale = true;
    const lostAt = this.state.lostAt || (cause === "silent" ? heard : Date.now());
    this.#became({ ...signedOut, state: this.snapshot ? "reconnecting" : "connecting", cause, lostAt: this.snapshot ? lostAt : 0 });
  }

  async #join() {
    const { tabs, url, getToken } = this.#options;
    if (ENDED.includes(this.state.state)) this.#became({ ...signedOut, state: "connecting" });
    if (tabs === "each" || !canJoinTabs()) return this.#connection ? this.#connection.start(this.state.lostAt) : this.#lead();
    const mine = this.state; // another one: closed or hidden meanwhile
    while (mine === this.state) {
      try {
        const token = await getToken({ reason: "connect", signal: AbortSignal.timeout(60_000) });
        if (mine !== this.state) return;
        // The name is shared by the tabs of this agent only: another agent in the same browser has another socket.
        this.#tabs = joinTabs(`agenthub ${url} ${claims(token).sub ?? ""}`, {
          lead: () => this.#lead(token),
          deposed: () => this.#deposed(),
          receive: (message) => this.#fromTab(message),
        });
        Object.assign(this.#leader, { heard: Date.now(), due: 0, ticked: Date.now() });
        this.#watch = setInterval(() => this.#tick(), 1000);
        return this.#ask();
      } catch (error) {
        if (/** @type {any} */ (error)?.code === "denied") return this.#became({ ...signedOut, state: "denied", cause: "denied" });
      }
      await new Promise((done) => setTimeout(done, 1000 + Math.random() * 9000));
    }
  }

  /** @param {string} [token] */
  #lead(token) {
    this.#leader.term = Math.max(this.#leader.term + 1, Date.now());
    this.#connection = keepConnected(
      this.#options,
      { state: (state) => this.#became(state, true), envelope: (envelope) => this.#arrived(envelope, true) },
      token,
    );
    // Whom another window or a supervisor ended leads, and waits for a person.
    if (!ENDED.includes(this.state.state)) this.#connection.start(this.snapshot ? this.state.lostAt || Date.now() : 0);
  }

  /** Another tab took the lead, because this one stood still. */
  #deposed() {
    this.#connection?.end();
    this.#connection = null;
    this.#lost("silent");
    this.#ask();
  }

  /** Tells the leading tab, which has to answer. @param {object} [more] */
  #ask(more) {
    const { due } = this.#leader;
    if (more) this.#tabs?.post(more);
    this.#tabs?.post({ kind: "hi" });
    this.#leader.due = due || Date.now() + ANSWERS_WITHIN;
  }

  #tick() {
    const leader = this.#leader;
    const now = Date.now();
    const slept = now - leader.ticked > 2500;
    leader.ticked = now;
    if (this.#connection) return;
    if (!leader.due) {
      const silent = now - leader.heard > (this.snapshot?.heartbeatSeconds || 20) * 1000;
      if (silent && !ENDED.includes(this.state.state)) this.#ask();
    } else if (slept && !leader.again) {
      // Its answer may wait behind this very tick.
      leader.again = true;
      leader.due = 0;
      this.#ask();
    } else if (now >= leader.due) {
      leader.due = 0;
      this.#lost("silent");
      this.#tabs?.steal();
    }
  }

  /** What the others are told by the leading tab. @param {object} message */
  #post(message) {
    this.#tabs?.post({ ...message, term: this.#leader.term });
  }

  /** @param {any} message from another tab */
  #fromTab({ kind, state, snapshot, envelope, offset, id, frame, at, term }) {
    const leads = this.#connection;
    if (kind === "unsent") return this.#refuse(id, 1);
    if (kind === "hi") {
      if (leads) this.#post({ kind: "snapshot", snapshot: this.snapshot, state: this.state, offset: leads.offset });
      return;
    }
    if (leads) {
      // What has lain here while this page stood still was sent by another tab meanwhile.
      if (kind === "frame" && (Date.now() - at > ANSWERS_WITHIN || !leads.send(frame))) this.#tabs?.post({ kind: "unsent", id });
      else if (kind === "retry" || kind === "start") leads[/** @type {"retry" | "start"} */ (kind)]();
      return;
    }
    if (!["state", "envelope", "snapshot"].includes(kind) || (term ?? 0) < this.#leader.term) return; // of one that was deposed
    Object.assign(this.#leader, { term: term ?? 0, heard: Date.now(), due: 0, again: false });
    this.#offset = offset ?? this.#offset;
    if (kind === "state") this.#became(state);
    else if (kind === "envelope") this.#arrived(envelope);
    else if (this.#stale || !this.snapshot) {
      const unanswered = state.canWork ? [...this.#pending] : [];
      this.#stale = false;
      this.snapshot = snapshot;
      this.#became(state);
      if (snapshot) this.#emit("snapshot", snapshot);
      for (const [id, entry] of unanswered) this.#transmit(id, entry);
    }
  }

  /** @param {StateEvent} state @param {boolean} [tell] */
  #became(state, tell = false) {
    const { canWork } = this.state;
    this.state = state;
    if (tell) this.#post({ kind: "state", state });
    this.#emit("state", state);
    if (!canWork || state.canWork) return;
    const ended = ENDED.includes(state.state);
    for (const [id, { subtopic }] of this.#pending) {
      if (ended) this.#fail(id, "timeout", "The session ended", { sent: true });
      else this.#emit("uncertain", { requestId: id, subtopic });
    }
  }

  /** @param {Envelope<any>} envelope @param {boolean} [tell] */
  #arrived(envelope, tell = false) {
    if (tell) this.#post({ kind: "envelope", envelope, offset: this.#connection?.offset });
    const { subtopic, message, requestId = "" } = envelope;
    const asked = this.#pending.get(requestId);
    const greeting = envelope.channel === "HUB" && subtopic === "Hello";
    // Listed before anybody hears of the new socket: what they ask for then goes out by itself.
    const unanswered = greeting ? [...this.#pending] : [];
    // Before a farewell fails what is still open.
    if (asked) this.#answered(requestId, asked, envelope);
    if (greeting) {
      this.#stale = false;
      this.snapshot = message;
    } else if (this.snapshot) this.#follow(this.snapshot, envelope, asked);
    this.#emit("*", envelope);
    this.#emit(subtopic, envelope);
    if (greeting) {
      this.#emit("snapshot", message);
      for (const [id, entry] of unanswered) this.#transmit(id, entry);
    }
  }

  /**
   * Keeps the snapshot true: what every tab shows comes from here. Where nobody is held, Hello has counted what is heard again.
   *
   * @param {Hello} hello
   * @param {Envelope<any>} envelope
   * @param {Pending} [asked] what this answers
   */
  #follow(hello, { subtopic, message }, asked) {
    const { response, reservedUntil } = message ?? {};
    const { reservation: held, today } = hello;
    // They come with a contact, or alone, where they are others than before.
    const { skipReasons, outcomes } = response ?? message ?? {};
    if (outcomes) Object.assign(hello, { skipReasons, outcomes });
    if (subtopic === "ContactOD") {
      if (response.success !== false) hello.reservation = contactOf(response);
      else if (["contact_not_found", "no_contacts"].includes(response.code)) hello.reservation = null;
    } else if (response?.success === false) return;
    else if (subtopic === "Reserved") hello.reservation = contactOf(message);
    else if (subtopic === "SignedOut") {
      hello.reservation = null;
      this.#connection?.stop("signed_out");
    } else if (held) {
      // What comes late, or again, may be about the contact before this one; the other tabs cannot know, so all are told the truth.
      const about = { ...asked?.data, ...message };
      const keys = /** @type {const} */ (["ContactId", "AccountNumber"]);
      const other = keys.some((key) => about[key] && String(about[key]) !== held[key]);
      if (asked && (other || asked.sent > 1)) this.request("GetReservedContactOD").catch(() => {});
      if (other) return;
      if (subtopic === "Dialled") {
        const first = held.state !== "dialled"; // not told again
        hello.reservation = {
          ...held,
          state: "dialled",
          attempts: (held.attempts ?? 0) + Number(first),
          ...(reservedUntil && { reservedUntil }),
        };
        if (first) today.dials++;
      } else if (subtopic === "Extended") hello.reservation = { ...held, reservedUntil };
      else {
        const skipped = subtopic.startsWith("Skip");
        const saved = subtopic === "SetNonPEWCContactOutcomeResult";
        if (skipped || saved || subtopic === "Released") hello.reservation = null;
        if (skipped) today.skips++;
        if (saved) today.outcomes++;
      }
    }
  }

  /**
   * @param {string} subtopic
   * @param {Record<string, unknown>} [data] the agent's key is added
   * @param {RequestOptions} [options]
   * @returns {Promise<Envelope<any>>}
   */
  request(subtopic, data = {}, { timeout = this.#options.timeout ?? 8000, signal, requestId: id = requestId() } = {}) {
    const topic = HUB[/** @type {keyof typeof HUB} */ (subtopic)];
    const { source } = this.#options;
    const agent = this.snapshot?.agent;
    const where = topic ? { channel: "HUB", topic } : { channel: "LCM", topic: "WebService" };
    const body = topic || !agent ? data : { UserID: agent, ...data };
    const frame = JSON.stringify({ ...where, subtopic, source, requestId: id, data: body });
    return new Promise((resolve, reject) => {
      const entry = { frame, subtopic, data, sent: 0, deadline: Date.now() + timeout * 3, wait: timeout, resolve, reject };
      this.#pending.set(id, entry);
      if (signal?.aborted) return this.#fail(id, "aborted", "Aborted");
      signal?.addEventListener("abort", () => this.#fail(id, "aborted", "Aborted", { sent: true }));
      this.#transmit(id, entry);
    });
  }

  /** @param {string} id @param {Pending} entry */
  #transmit(id, entry) {
    const { frame } = entry;
    const leads = this.#connection;
    if (!this.state.canWork || !(leads ? leads.send(frame) : this.#tabs)) return this.#refuse(id);
    if (!leads) this.#ask({ kind: "frame", id, frame, at: Date.now() });
    entry.sent++;
    this.#plan(id, entry, entry.wait);
  }

  /** @param {string} id @param {Pending} entry @param {number} wait */
  #plan(id, entry, wait) {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      if (Date.now() >= entry.deadline) return this.#fail(id, "timeout", "No answer in time", { sent: true, retryable: true });
      this.#emit("uncertain", { requestId: id, subtopic: entry.subtopic });
      if (this.state.canWork) this.#transmit(id, entry);
      else this.#plan(id, entry, entry.deadline - Date.now());
    }, wait);
  }

  /**
   * It did not go out now. If it did go out earlier, nobody knows what came of it, and it waits for the next connection.
   *
   * @param {string} id
   * @param {number} [taken] how often it was taken for sent and was not
   */
  #refuse(id, taken = 0) {
    const entry = this.#pending.get(id);
    if (!entry) return;
    entry.sent -= taken;
    if (entry.sent > 0) return;
    this.#fail(id, "offline", "Not connected", { retryable: true });
  }

  /** @param {string} id @param {Pending} entry @param {Envelope<any>} envelope */
  #answered(id, entry, envelope) {
    const response = envelope.message?.response;
    if (response?.success !== false) this.#settle(id)?.resolve(envelope);
    else if (response.code === "pending") this.#plan(id, entry, 1000);
    else {
      const { code = "invalid_message", msg = "", rule = "", opensAt = "" } = response;
      // Those that pass: the same may be asked again.
      const retryable = /^(unavailable|outside_hours|too_)/.test(code);
      this.#fail(id, code, msg, { sent: true, retryable, rule, opensAt });
    }
  }

  /** @param {string} id */
  #settle(id) {
    const entry = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(entry?.timer);
    return entry;
  }

  /** @param {string} id @param {string} code @param {string} message @param {{sent?: boolean, retryable?: boolean, rule?: string, opensAt?: string}} [more] */
  #fail(id, code, message, more) {
    this.#settle(id)?.reject(new HubError(code, message, { requestId: id, ...more }));
  }

  /**
   * @param {"skips"} _topic
   * @param {FeedPosition} from
   * @param {FeedHandlers} handlers
   * @returns {Promise<Feed>}
   */
  async subscribe(_topic, from, handlers) {
    if (this.#options.tabs !== "each") throw new HubError("not_allowed", 'A feed needs tabs: "each"');
    const { subscribe } = await import("./feed.js"); // agents never need it
    return subscribe(this, from, handlers);
  }

  /**
   * @template {keyof import("./protocol.d.ts").HubEvents} Name
   * @param {Name} name
   * @param {(event: import("./protocol.d.ts").HubEvents[Name]) => void} listener
   */
  on(name, listener) {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => void set.delete(listener);
  }

  /** @param {string} name @param {unknown} event */
  #emit(name, event) {
    for (const listener of this.#listeners.get(name) ?? []) listener(event);
  }

  takeOver() {
    this.#order("start");
  }

  retry() {
    this.#order("retry");
  }

  /** What only the tab with the socket can do. @param {"start" | "retry"} kind */
  #order(kind) {
    if (this.#connection) this.#connection[kind]();
    else if (this.#tabs) this.#ask({ kind });
    else if (this.#moments) this.connect(); // it was hidden when it had ended
  }

  async signOut() {
    await this.request("SignOut", {});
  }

  close() {
    // First, or the other tabs would take the end of this one for the end of the session.
    this.#moments?.abort();
    this.#moments = null;
    const connection = this.#connection;
    this.#part();
    this.#connection = null;
    connection?.stop();
    this.snapshot = null;
    this.state = signedOut;
    for (const id of this.#pending.keys()) this.#fail(id, "aborted", "Closed");
  }
}

/** One spelling for what the hub sends in several. @param {any} raw @returns {Contact} */
export function contactOf({ success: _, ContactID, skipReasons, outcomes, ...rest }) {
  return { ...rest, ContactId: String(rest.ContactId ?? ContactID), CallType: String(rest.CallType ?? "") };
}
