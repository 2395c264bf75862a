/** @import {StateEvent} from "../sdk/protocol.d.ts" */
/** @import {AgentToolbar} from "./agent-toolbar.js" */
/** @import {Action, Happening} from "./machine.js" */
/** @import {Sight} from "./view.js" */
/** @import {Translate} from "../ui/i18n.js" */
import { signedOut } from "../sdk/connection.js";
import { h } from "../ui/h.js";
import { translator } from "../ui/i18n.js";
import { combination, shortcuts } from "../ui/keys.js";
import { choicePanel } from "./choice-panel.js";
import { idle, nameOf, phase, step, whyGone } from "./machine.js";
import { sentences } from "./sentences.js";
import { telephone } from "./tel.js";
import { timers } from "./timers.js";
import { toolbarView } from "./view.js";

/**
 * What the agent is shown and told, and what a press does. It asks the hub that `host` has, if there is one.
 *
 * @param {AgentToolbar} host
 * @param {() => unknown} signIn
 */
export function agentBar(host, signIn) {
  const afterSkip = 600; // a double click on Skip must not land on Next
  const keyEvery = 1000;
  const view = toolbarView();
  const { bar, button, place } = view;
  const time = timers();
  let work = idle;
  /** Until the words are there, nothing is shown or said. @type {Translate} */
  let t = () => "";
  let say = sentences(t, "en");
  /** @type {ReturnType<typeof choicePanel> | null} */
  let panel = null;
  /** @type {"" | "skip" | "outcome"} */
  let asking = "";
  let keys = shortcuts(null);
  /** @type {string[]} */
  let campaigns = [];
  let keyAt = 0;
  let overSince = "";
  let said = "";
  let doubted = false;
  /** What the open panel is for, and what was typed in the one before. */
  let about = "";
  let draft = { about: "", note: "" };

  bar.addEventListener("click", (event) => {
    const pressed = /** @type {HTMLElement} */ (event.target).closest("button");
    const action = pressed?.dataset.action;
    if (action && pressed.ariaDisabled !== "true") press(action, event);
    if (host.hasAttribute("notify")) import("../ui/notify.js").then(({ askToNotify }) => askToNotify());
  });
  bar.addEventListener("keydown", (event) => {
    const { key, repeat, target } = event;
    // A held Enter clicks a button again and again; only the first is a decision.
    if (repeat && (key === "Enter" || key === " ")) event.preventDefault();
    const { type } = /** @type {HTMLInputElement} */ (target);
    if (key === "?" && type !== "text") import("./shortcut-list.js").then(({ toggleList }) => toggleList(view, keys));
  });

  /** The hub's clock. */
  const now = () => host.hub?.now() ?? Date.now();
  const left = () => (Date.parse(work.held?.reservedUntil ?? "") || Infinity) - now();
  const focused = () => document.activeElement === host;

  /** @param {StateEvent} state */
  function onState(state) {
    const is = state.state;
    const { downFor } = time.now();
    time.down(["reconnecting", "offline", "draining"].includes(is));
    if (is === "superseded") overSince = say.time(Date.now());
    if (is === "connecting" || (is === "ready" && !work.held)) tell(is);
    else if (is === "ready" && downFor >= 3000) tell("back");
    if (is === "signed-out" || is === "denied") happen({ type: "truth", held: null, why: "gone" });
    fire("state", state);
    render();
  }

  /** For the contact in hand, and not sent. */
  const typed = () => panel?.note() ?? (draft.about.replace(/^\w+ /, "") === work.held?.ContactId ? draft.note : "");

  /** @param {string} why */
  function truth(why) {
    const held = host.hub?.snapshot?.reservation ?? null;
    if (held !== work.held) happen({ type: "truth", held, why, late: left() <= 0, draft: typed() });
  }

  /** @param {Happening} event */
  function happen(event) {
    const mine = focused();
    const before = work;
    work = step(before, event);
    const { held, note } = work;
    if (held && held.ContactId !== before.held?.ContactId) {
      time.shown(render);
      time.begin(left());
      close();
      const minutes = say.amount(Math.max(1, Math.round(left() / 60_000)), "minute");
      if (held.state !== "dialled") tell("reserved", { minutes });
      fire("reserved", { contact: held });
    }
    if (held?.state === "dialled" && before.held?.state !== "dialled") {
      time.dialled(dialledAt(held.ContactId, !!before.held));
      if (before.held) tell("dial");
    }
    if (!held && before.held) {
      time.rest(afterSkip);
      setTimeout(render, afterSkip);
      close();
      const cause = note?.key ?? "";
      fire({ skipped: "skipped", saved: "outcome" }[cause] ?? "released", { contact: before.held, cause });
    }
    if (note && note !== before.note) {
      if (note.key === "none") time.rest(5000);
      speak(sight().note, note.tone === "danger");
      if (note.tone === "ok") setTimeout(() => work.note === note && forget(), 6000);
    }
    if (work.unsure && !before.unsure) speak(say.unsure(work));
    render();
    if (mine) keepFocus();
  }

  /**
   * When the call began: a reload does not begin it anew, so this tab remembers.
   *
   * @param {string} id @param {boolean} [now]
   */
  function dialledAt(id, now) {
    let at = Date.now();
    try {
      const [known, since] = (sessionStorage.getItem("agenthub.dialled") ?? "").split(" ");
      if (!now && known === encodeURIComponent(id)) at = Number(since);
      sessionStorage.setItem("agenthub.dialled", `${encodeURIComponent(id)} ${at}`);
    } catch {
      // a frame without storage
    }
    return at;
  }

  function forget() {
    work = { ...work, note: null };
    render();
  }

  /** The pressed button may be gone: the focus goes to the contact's card, or to Next, never to Dial. */
  function keepFocus() {
    const active = /** @type {HTMLElement | null} */ (host.shadowRoot?.activeElement);
    if (!active?.checkVisibility()) (work.held ? place : button.next)?.focus();
  }

  /** @param {string} action @param {Event} event */
  function press(action, event) {
    const { held } = work;
    // A desktop whose token cannot be had again takes the person to where they sign in, and prevents the rest.
    if (action === "signin") return fire("signin", {}, true) && signIn();
    if (action === "usehere") return host.hub?.takeOver();
    if (action === "trynow") return host.hub?.retry();
    if (action === "next") return time.now().waiting || held ? null : ask("next", "GetContactOD");
    if (!held) return;
    if (action === "skip" || action === "outcome") return open(action);
    if (action === "keep") return ask("keep", "Extend", { ContactId: held.ContactId });
    // Only a person dials: no script, no timer, and nobody who cannot have seen the number yet.
    if (action === "dial" && event.isTrusted && !time.now().unseen) dial(held.ContactId);
  }

  /** @param {string} id */
  async function dial(id) {
    const message = await ask("dial", "Dial", { ContactId: id });
    if (!message) return;
    const number = String(message.phoneNumber ?? "");
    const { held } = work;
    const dials = fire("dial", { contact: held, phoneNumber: number }, true) && host.hasAttribute("tel");
    if (dials) h("a", { href: telephone(held ?? { PhoneNumber: number }, location.hostname) }).click();
  }

  /**
   * Busy from this very moment: a second click, key or touch finds it so.
   *
   * @param {Action} what
   * @param {string} subtopic
   * @param {Record<string, unknown>} [data]
   * @param {string} [effect] of what was chosen
   */
  async function ask(what, subtopic, data, effect) {
    const { hub } = host;
    if (work.busy || !hub?.state.canWork) return null;
    const slow = setTimeout(() => work.busy && tell(what), what === "next" ? 0 : 400);
    happen({ type: "asked", what, ...(effect && { effect }) });
    try {
      const { message } = await hub.request(subtopic, data);
      happen({ type: "answered" });
      if (what === "keep") {
        time.begin(left());
        tell("kept", { left: say.span(left()) });
      }
      return message;
    } catch (error) {
      const { code = "other", requestId = "", rule, opensAt } = /** @type {any} */ (error);
      happen({ type: "refused", code, about: `${code} ${requestId}`, rule, opensAt });
      truth("gone");
      // What the hub refused says that this page may be wrong about the contact: ask for the truth.
      if (!["offline", "not_allowed", "aborted", "no_contacts"].includes(code)) hub.request("GetReservedContactOD").catch(() => {});
      return null;
    } finally {
      clearTimeout(slow);
      render();
    }
  }

  /** @param {typeof asking} what "" for none @param {boolean} [anew] with the choices of now */
  function open(what, anew) {
    const again = asking === what && !anew;
    close();
    const { held } = work;
    const { skipReasons = [], outcomes = [] } = host.hub?.snapshot ?? {};
    const choices = what === "skip" ? skipReasons : outcomes;
    if (again || !what || !choices.length) return;
    asking = what;
    about = `${what} ${held?.ContactId}`;
    panel = choicePanel({
      what,
      t,
      name: nameOf(held),
      choices,
      draft: draft.about === about ? draft.note : "",
      cancel: () => {
        if (work.busy) return;
        close();
        button[what]?.focus();
      },
      confirm: ({ id, suppresses, effect }, note) => {
        if (!held) return;
        const { ContactId, AccountNumber, PhoneNumber } = held;
        if (what === "skip")
          ask(what, "SkipNonPEWCContact", { ContactId, Reason: id, ...(note && { Note: note }) }, suppresses ? "block" : "pool");
        else ask(what, "SetNonPEWCContactOutcome", { AccountNumber, PhoneNumber, OutcomeId: id }, effect);
      },
    });
    view.open(panel.node);
    panel.focus();
    render();
  }

  function close() {
    if (panel) draft = { about, note: panel.note() };
    panel?.node.remove();
    panel = null;
    asking = "";
    render();
  }

  /** @returns {Sight} */
  function sight() {
    const moment = time.now();
    const { today, skipReasons } = host.hub?.snapshot ?? {};
    const skips = skipReasons?.length !== 0;
    const connection = host.hub?.state ?? signedOut;
    const lost = Date.now() - connection.lostAt;
    const grace = Math.min((host.hub?.snapshot?.graceSeconds ?? 0) * 1000, left() + lost);
    const waits = connection.lostAt && work.held && work.held.state !== "dialled";
    const kept = waits ? grace - lost : Infinity;
    return {
      ...moment,
      t,
      say,
      connection,
      work,
      now: now(),
      left: left(),
      keys,
      asking,
      note: say.note(work, now(), campaigns, skips),
      skips,
      today,
      doubt: kept <= 0,
      line: say.line(connection, work, moment.downFor, overSince, kept, grace),
    };
  }

  function render() {
    const seen = sight();
    const { connection, line } = seen;
    const { busy } = work;
    host.dataset.state = connection.state;
    host.dataset.phase = phase(work);
    view.show(seen);
    panel?.busy(!!busy || !connection.canWork || (asking === "skip" && seen.left <= 0), busy === asking);
    if (line.words) speak(line.spoken, seen.doubt);
    if (seen.doubt === doubted) return;
    doubted = seen.doubt;
    host.toggleAttribute("data-doubt", doubted);
    fire("doubt", { contact: work.held, doubt: doubted });
  }

  /** Says a sentence of the catalogue. @param {string} key @param {Record<string, string>} [more] @param {boolean} [urgent] */
  function tell(key, more, urgent) {
    const { held } = work;
    speak(t(`say.${key}`, { name: nameOf(held), campaign: held?.CampaignId, ...more }), urgent);
  }

  /** @param {string} sentence @param {boolean} [urgent] */
  function speak(sentence, urgent) {
    if (sentence === said) return;
    said = sentence;
    view.say(sentence, urgent);
  }

  /** @param {string} name @param {object} detail @param {boolean} [cancelable] */
  function fire(name, detail, cancelable = false) {
    return host.dispatchEvent(new CustomEvent(`lcm:${name}`, { detail, bubbles: true, composed: true, cancelable }));
  }

  return {
    node: bar,

    /** @param {import("../sdk/hub-client.js").HubClient} hub @returns {(() => void)[]} what ends it */
    follow: (hub) => [
      hub.on("state", onState),
      hub.on("*", ({ subtopic, message }) => hub.snapshot && truth(whyGone(subtopic, message))),
      hub.on("snapshot", () => truth("gone")),
      hub.on("uncertain", () => happen({ type: "unsure" })),
      hub.on("Rules", () => open(asking, true)), // renders in any case
    ],

    /** @param {string[]} served campaigns of the token; all if it names none */
    serve(served) {
      campaigns = served;
    },

    /** @param {string | null} wanted */
    bind(wanted) {
      keys = shortcuts(wanted);
    },

    /** @param {string} language */
    async translate(language) {
      t = await translator(language);
      say = sentences(t, language);
      bar.lang = language;
      bar.ariaLabel = t("toolbar");
      close();
    },

    /** @param {KeyboardEvent} event */
    key(event) {
      const action = Object.keys(keys).find((name) => keys[name] === combination(event));
      // Alt+Shift makes letters on some systems, and who writes them means the text.
      if (!action || event.repeat || /** @type {Element} */ (event.composedPath()[0]).matches?.(":read-write")) return;
      event.preventDefault();
      if (action === "focus") return place.focus();
      const pressed = button[action];
      if (!pressed || pressed.hidden || pressed.ariaDisabled === "true") return;
      if (Date.now() - keyAt < keyEvery) return tell("busy");
      keyAt = Date.now();
      press(action, event);
    },

    tick() {
      const { held, note, busy } = work;
      if (time.moves()) render();
      if (!held) return;
      if (Date.parse(note?.opensAt ?? "") <= now()) forget();
      view.showTimer(sight());
      const rest = left();
      if (held.state === "dialled" || rest === Infinity) return;
      const mark = time.mark(rest);
      if (mark) {
        tell("left", { left: say.amount(mark, "second") }, mark === 10);
        render();
      }
      if (rest <= 0 && asking === "skip" && busy !== asking) {
        const mine = focused();
        close();
        if (mine) keepFocus();
      }
    },
  };
}
