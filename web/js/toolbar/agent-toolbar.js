/** @import {StateEvent} from "../sdk/protocol.d.ts" */
/** @import {Action, Happening, Work} from "./machine.js" */
/** @import {Sight} from "./view.js" */
/** @import {Translate} from "../ui/i18n.js" */
import { claims, signedOut } from "../sdk/connection.js";
import { HubClient, HubError } from "../sdk/hub-client.js";
import { h } from "../ui/h.js";
import { known, translator } from "../ui/i18n.js";
import { combination, shortcuts } from "../ui/keys.js";
import { choicePanel } from "./choice-panel.js";
import { idle, nameOf, phase, step, whyGone } from "./machine.js";
import { sentences } from "./sentences.js";
import { sheet } from "./style.js";
import { toolbarView } from "./view.js";

const SEEN_FIRST = 500; // nobody can have read a number faster, so an earlier Dial was meant for something else
const AFTER_SKIP = 600; // a double click on Skip must not land on Next
const KEY_EVERY = 1000;

/** @type {AgentToolbar | null} the one that owns the document's keys */
let keeper = null;

/**
 * `<agent-toolbar>`: the agent's contact, and what can be done with it. Attributes: `token-url`, `theme`, `lang`, `shortcuts`, `bridge`,
 * `bridge-origins`, `tel`, `sound`, `notify`. A host without a token address sets `getToken` and calls `connect()`.
 */
export class AgentToolbar extends HTMLElement {
  static observedAttributes = ["lang", "shortcuts"];
  /** @type {HubClient | null} */
  hub = null;
  /** @type {((call: {reason: string, signal: AbortSignal}) => Promise<string>) | null} */
  getToken = null;
  /** @type {Work} */
  #work = idle;
  /** Until the words are there, nothing is shown or said. @type {Translate} */
  #t = () => "";
  #sentences = sentences(this.#t, "en");
  #view = toolbarView();
  /** @type {ReturnType<typeof choicePanel> | null} */
  #panel = null;
  /** @type {"" | "skip" | "outcome"} */
  #asking = "";
  #keys = shortcuts(null);
  #shownAt = 0;
  #total = 0;
  #dialledAt = 0;
  #nextFrom = 0;
  #keyAt = 0;
  #downSince = 0;
  #overSince = "";
  /** The campaigns that the token serves; all if it names none. @type {string[]} */
  #campaigns = [];
  #spoken = 0;
  #said = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clock;
  /** @type {(() => void)[]} */
  #off = [];

  constructor() {
    super();
    const { bar } = this.#view;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(bar);
    bar.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      const action = button?.dataset.action;
      if (action && button.ariaDisabled !== "true") this.#do(action, event);
      if (this.hasAttribute("notify")) import("../ui/notify.js").then(({ askToNotify }) => askToNotify());
    });
    bar.addEventListener("keydown", (event) => {
      const { key, repeat, target } = event;
      // A held Enter clicks a button again and again; only the first is a decision.
      if (repeat && (key === "Enter" || key === " ")) event.preventDefault();
      const typing = /** @type {HTMLInputElement} */ (target).type === "text";
      if (key === "?" && !typing) import("./shortcut-list.js").then(({ toggleList }) => toggleList(this.#view, this.#keys));
    });
  }

  connectedCallback() {
    keeper ??= this;
    document.addEventListener("keydown", this.#onKey);
    this.#clock = setInterval(() => this.#tick(), 250);
    this.#speak();
    if (this.#canSignIn) this.connect();
  }

  disconnectedCallback() {
    if (keeper === this) keeper = null;
    document.removeEventListener("keydown", this.#onKey);
    clearInterval(this.#clock);
    for (const off of this.#off.splice(0)) off();
    this.hub?.close();
    this.hub = null;
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === "shortcuts") this.#keys = shortcuts(this.getAttribute(name));
    if (this.isConnected) this.#speak();
  }

  get #canSignIn() {
    return this.getToken || this.getAttribute("token-url");
  }

  /** Signs in, with the token that `getToken` or `token-url` gives. */
  connect() {
    if (this.hub) return this.hub.connect();
    const hub = new HubClient({
      source: "agent-toolbar",
      getToken: async (call) => {
        const token = await (this.getToken ?? this.#fetchToken)(call);
        this.#campaigns = claims(token).campaigns ?? [];
        return token;
      },
    });
    this.hub = hub;
    this.#off.push(
      hub.on("state", (state) => this.#onState(state)),
      hub.on("*", ({ subtopic, message }) => hub.snapshot && this.#truth(whyGone(subtopic, message))),
      hub.on("snapshot", () => this.#truth("gone")),
      hub.on("uncertain", () => this.#step({ type: "unsure" })),
      hub.on("Reserved", () => this.#announce()),
      hub.on("Rules", () => this.#asking && this.#open(this.#asking, true)),
    );
    if (["events", "commands"].includes(this.getAttribute("bridge") ?? "")) this.#bridge(hub);
    return hub.connect();
  }

  /** @param {HubClient} hub */
  async #bridge(hub) {
    const { joinBridge } = await import("./extras.js");
    this.#off.push(await joinBridge(this, hub));
  }

  async #announce() {
    const { held } = this.#work;
    if (!held || !(this.hasAttribute("sound") || this.hasAttribute("notify"))) return;
    const { announce } = await import("./extras.js");
    announce(this, held, this.#view.bar.lang);
  }

  /** @param {{signal: AbortSignal}} call */
  #fetchToken = async ({ signal }) => {
    const response = await fetch(this.getAttribute("token-url") ?? "", { method: "POST", signal, credentials: "same-origin" });
    // 408, 429 and what is above pass; the others say that there will be no token.
    if (!response.ok) throw new HubError(response.status < 408 ? "denied" : "unavailable", `token: ${response.status}`);
    const body = await response.text();
    return body.startsWith("{") ? JSON.parse(body).token : body.trim();
  };

  async #speak() {
    const language = known(this.getAttribute("lang") || document.documentElement.lang);
    this.#t = await translator(language);
    this.#sentences = sentences(this.#t, language);
    this.#view.bar.lang = language;
    this.#view.bar.ariaLabel = this.#t("toolbar");
    this.#close();
  }

  /** @param {StateEvent} state */
  #onState(state) {
    const is = state.state;
    if (["reconnecting", "offline", "draining"].includes(is)) this.#downSince ||= Date.now();
    else this.#downSince = 0;
    if (is === "superseded") this.#overSince = this.#sentences.time(Date.now());
    if (is === "connecting") this.#tell("connecting");
    if (is === "ready" && !this.#work.held) this.#tell("ready");
    if (is === "signed-out" || is === "denied") this.#step({ type: "truth", held: null, why: "gone" });
    this.#fire("state", state);
    this.#render();
  }

  /** @param {string} why */
  #truth(why) {
    const held = this.hub?.snapshot?.reservation ?? null;
    if (held === this.#work.held) return;
    this.#step({ type: "truth", held, why, late: this.#left() <= 0 });
  }

  /** @param {Happening} event */
  #step(event) {
    const focused = document.activeElement === this;
    const before = this.#work;
    this.#work = step(before, event);
    const { held, note } = this.#work;
    if (held && held.ContactId !== before.held?.ContactId) {
      this.#shownAt = Date.now();
      setTimeout(() => this.#render(), SEEN_FIRST);
      this.#total = this.#left();
      this.#spoken = 0;
      this.#close();
      const minutes = this.#sentences.amount(Math.max(1, Math.round(this.#total / 60_000)), "minute");
      if (held.state !== "dialled") this.#tell("reserved", { minutes });
      this.#fire("reserved", { contact: held });
    }
    if (held?.state === "dialled" && before.held?.state !== "dialled") {
      this.#dialledAt = Date.now();
      this.#tell("dial");
    }
    if (!held && before.held) {
      this.#nextFrom = Date.now() + AFTER_SKIP;
      setTimeout(() => this.#render(), AFTER_SKIP);
      this.#close();
      const happened = { skipped: "skipped", saved: "outcome" }[note?.key ?? ""] ?? "released";
      this.#fire(happened, { contact: before.held, cause: note?.key ?? "" });
    }
    if (note && note !== before.note) {
      if (note.key === "none") this.#nextFrom = Date.now() + 5000;
      this.#say(this.#sight().note, note.tone === "danger");
      if (note.tone === "ok")
        setTimeout(() => {
          if (this.#work.note === note) this.#work = { ...this.#work, note: null };
          this.#render();
        }, 6000);
    }
    if (this.#work.unsure && !before.unsure) this.#say(this.#sentences.unsure(this.#work));
    this.#render();
    if (focused) this.#keepFocus();
  }

  /** The pressed button may be gone: the focus goes to the contact's card, or to Next, never to Dial. */
  #keepFocus() {
    const active = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement);
    if (active?.checkVisibility()) return;
    if (this.#work.held) this.#view.place.focus();
    else this.#view.button.next?.focus();
  }

  /** @param {string} action @param {Event} event */
  #do(action, event) {
    const { held } = this.#work;
    // A desktop whose token cannot be had again takes the person to where they sign in, and prevents the rest.
    if (action === "signin") return this.#fire("signin", {}, true) && this.#canSignIn && this.connect();
    if (action === "usehere") return this.hub?.takeOver();
    if (action === "trynow") return this.hub?.retry();
    if (action === "next") return Date.now() < this.#nextFrom || held ? null : this.#ask("next", "GetContactOD");
    if (!held) return;
    if (action === "skip" || action === "outcome") return this.#open(action);
    if (action === "keep") return this.#ask("keep", "Extend", { ContactId: held.ContactId });
    // Only a person dials: no script, no timer, and nobody who cannot have seen the number yet.
    if (action === "dial" && event.isTrusted && !this.#unseen()) this.#dial(held.ContactId);
  }

  #unseen() {
    return Date.now() - this.#shownAt < SEEN_FIRST;
  }

  /** @param {string} id */
  async #dial(id) {
    const message = await this.#ask("dial", "Dial", { ContactId: id });
    if (!message) return;
    const number = String(message.phoneNumber ?? "");
    const hostMay = this.#fire("dial", { contact: this.#work.held, phoneNumber: number }, true);
    if (hostMay && this.hasAttribute("tel")) h("a", { href: `tel:${number.replace(/[^+\d]/g, "")}` }).click();
  }

  /**
   * Busy from this very moment: a second click, key or touch finds it so.
   *
   * @param {Action} what
   * @param {string} subtopic
   * @param {Record<string, unknown>} [data]
   */
  async #ask(what, subtopic, data) {
    if (this.#work.busy || !this.hub?.state.canWork) return null;
    const slow = setTimeout(() => this.#work.busy && this.#tell(what), what === "next" ? 0 : 400);
    this.#step({ type: "asked", what });
    try {
      const { message } = await this.hub.request(subtopic, data);
      this.#step({ type: "answered" });
      if (what === "keep") {
        this.#total = this.#left();
        this.#spoken = 0;
        this.#tell("kept", { left: this.#sentences.span(this.#left()) });
      }
      return message;
    } catch (error) {
      const { code = "other", requestId = "" } = /** @type {any} */ (error);
      this.#step({ type: "refused", code, about: `${code} ${requestId}` });
      this.#truth("gone");
      // What the hub refused says that this page may be wrong about the contact: ask for the truth.
      if (!["offline", "not_allowed", "aborted", "no_contacts"].includes(code)) this.hub?.request("GetReservedContactOD").catch(() => {});
      return null;
    } finally {
      clearTimeout(slow);
      this.#render();
    }
  }

  /** @param {"skip" | "outcome"} what @param {boolean} [anew] with the choices of now */
  #open(what, anew) {
    if (this.#asking === what && !anew) return this.#close();
    this.#close();
    const { held } = this.#work;
    const { skipReasons = [], outcomes = [] } = this.hub?.snapshot ?? {};
    this.#asking = what;
    this.#panel = choicePanel({
      what,
      t: this.#t,
      name: nameOf(held),
      choices: what === "skip" ? skipReasons : outcomes,
      cancel: () => {
        if (this.#work.busy) return;
        this.#close();
        this.#view.button[what]?.focus();
      },
      confirm: (id, note) => {
        if (!held) return;
        const { ContactId, AccountNumber, PhoneNumber } = held;
        if (what === "skip") this.#ask("skip", "SkipNonPEWCContact", { ContactId, Reason: id, ...(note && { Note: note }) });
        else this.#ask("outcome", "SetNonPEWCContactOutcome", { AccountNumber, PhoneNumber, OutcomeId: id });
      },
    });
    this.#view.open(this.#panel.node);
    this.#panel.focus();
    this.#render();
  }

  #close() {
    this.#panel?.node.remove();
    this.#panel = null;
    this.#asking = "";
    this.#render();
  }

  /** @param {KeyboardEvent} event */
  #onKey = (event) => {
    if (keeper !== this || event.repeat) return;
    const action = Object.keys(this.#keys).find((name) => this.#keys[name] === combination(event));
    // Alt+Shift makes letters on some systems, and who writes them means the text.
    if (!action || /** @type {Element} */ (event.composedPath()[0]).matches?.(":read-write")) return;
    event.preventDefault();
    if (action === "focus") return this.#view.place.focus();
    const button = this.#view.button[action];
    if (!button || button.hidden || button.ariaDisabled === "true") return;
    if (Date.now() - this.#keyAt < KEY_EVERY) return this.#tell("busy");
    this.#keyAt = Date.now();
    this.#do(action, event);
  };

  /** The hub's clock. */
  #now() {
    return this.hub?.now() ?? Date.now();
  }

  #left() {
    return (Date.parse(this.#work.held?.reservedUntil ?? "") || Infinity) - this.#now();
  }

  #tick() {
    const { held } = this.#work;
    if (this.#downSince || this.#nextFrom) this.#render();
    if (!held) return;
    this.#view.showTimer(this.#sight());
    const left = this.#left();
    if (held.state === "dialled" || left === Infinity) return;
    const mark = [10, 30, 60].find((seconds) => left <= seconds * 1000);
    if (mark && this.#spoken !== mark && left > 0 && this.#total > mark * 1000) {
      this.#spoken = mark;
      this.#tell("left", { left: this.#sentences.amount(mark, "second") }, mark === 10);
      this.#render();
    }
    if (left <= 0 && this.#asking === "skip" && this.#work.busy !== "skip") {
      const focused = document.activeElement === this;
      this.#close();
      if (focused) this.#keepFocus();
    }
  }

  /** @returns {Sight} */
  #sight() {
    const now = Date.now();
    const connection = this.hub?.state ?? signedOut;
    const downFor = this.#downSince && now - this.#downSince;
    const work = this.#work;
    return {
      t: this.#t,
      say: this.#sentences,
      connection,
      work,
      now: this.#now(),
      left: this.#left(),
      total: this.#total,
      talking: now - this.#dialledAt,
      waiting: now < this.#nextFrom,
      unseen: this.#unseen(),
      keys: this.#keys,
      asking: this.#asking,
      note: this.#sentences.note(work, this.#now(), this.#campaigns),
      today: this.hub?.snapshot?.today,
      line: this.#sentences.line(connection, work, { downFor, overSince: this.#overSince }),
    };
  }

  #render() {
    const sight = this.#sight();
    const { connection, work, left, line } = sight;
    if (!sight.waiting) this.#nextFrom = 0;
    this.dataset.state = connection.state;
    this.dataset.phase = phase(work);
    this.#view.show(sight);
    const mine = work.busy === this.#asking;
    this.#panel?.busy(!!work.busy || !connection.canWork || (this.#asking === "skip" && left <= 0), mine);
    if (line.words) this.#say(line.spoken);
  }

  /** Says a sentence of the catalogue. @param {string} key @param {Record<string, string>} [more] @param {boolean} [urgent] */
  #tell(key, more, urgent) {
    const { held } = this.#work;
    this.#say(this.#t(`say.${key}`, { name: nameOf(held), campaign: held?.CampaignId, ...more }), urgent);
  }

  /** @param {string} sentence @param {boolean} [urgent] */
  #say(sentence, urgent = false) {
    if (sentence === this.#said) return;
    this.#said = sentence;
    this.#view.say(sentence, urgent);
  }

  /** @param {string} name @param {object} detail @param {boolean} [cancelable] */
  #fire(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`lcm:${name}`, { detail, bubbles: true, composed: true, cancelable }));
  }
}

if (!customElements.get("agent-toolbar")) customElements.define("agent-toolbar", AgentToolbar);
