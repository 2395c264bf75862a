/** @import {Hello, StateEvent} from "../sdk/protocol.d.ts" */
/** @import {Translate} from "../ui/i18n.js" */
/** @import {Work} from "./machine.js" */
/** @import {Sentences} from "./sentences.js" */
import { h, icon, svg, text } from "../ui/h.js";
import { readable } from "../ui/keys.js";
import { liveRegions } from "../ui/live.js";
import { countdown } from "./countdown.js";
import { nameOf, veiled } from "./machine.js";

/** The buttons and their icons, in the order in which they stand. */
const ACTIONS = {
  next: "M5 12h14m-6-6 6 6-6 6",
  dial: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A16 16 0 0 1 4 5a1 1 0 0 1 1-1z",
  skip: "M5 5l8 7-8 7zM19 5v14",
  keep: "M12 8v4l3 2M21 12a9 9 0 1 1-9-9M17 3v6m-3-3h6",
  outcome: "M5 12l5 5L20 7",
  signin: "",
  usehere: "",
};
const DISC = "M6 1a5 5 0 1 0 .01 0z";
const SQUARE = "M1 1h10v10H1z";
const RING = ["info", `${DISC}m0 2a3 3 0 1 1-.01 0z`];
/** @type {[string, string]} */
const LOST = ["warn", "M6 1l5.5 10H.5z"];
/** Shape and colour both tell: nobody has to see green. @type {Record<string, [string, string]>} */
const SHAPES = {
  ready: ["ok", DISC],
  draining: ["info", `${DISC}M6 3v6a3 3 0 0 0 0-6z`],
  reconnecting: LOST,
  offline: LOST,
  superseded: ["warn", SQUARE],
  denied: ["danger", SQUARE],
};

/**
 * What there is to see.
 *
 * @typedef {{t: Translate, say: Sentences, connection: StateEvent, work: Work, now: number, left: number, total: number, talking: number,
 *   waiting: boolean, unseen: boolean, doubt: boolean, keys: Record<string, string>, skips: boolean, asking: string, note: string, today: Hello["today"] | undefined, line: ReturnType<Sentences["line"]>}} Sight
 */

/** The bar: made once, then told what to show. */
export function toolbarView() {
  const shape = svg("path");
  const state = h("span");
  const connection = h("span", { class: "conn", part: "connection" }, icon(12, shape), state);
  const today = h("span", { class: "today" });
  const name = h("strong", { part: "name" });
  const number = h("span", { class: "number", part: "number" });
  const campaign = h("span", { class: "chip" });
  const facts = h("p", { class: "meta" });
  const who = h("div", { hidden: true }, h("div", { class: "who" }, name, number, campaign), facts);
  const noteText = h("span");
  const law = h("small");
  const note = h("p", { part: "note" }, noteText, law);
  const summary = h("summary");
  const about = h("code");
  const details = h("details", { class: "meta" }, summary, about);
  const place = h("div", { class: "work", tabIndex: -1 }, who, note, details);
  const timer = countdown();
  const buttons = Object.entries(ACTIONS).map(([action, d]) => {
    const label = h("span");
    const key = h("kbd", { "aria-hidden": "true" });
    const primary = action !== "skip" && action !== "keep" && "primary";
    const node = h(
      "button",
      { part: `button ${action}`, class: primary, "data-action": action, hidden: true },
      d && icon(24, svg("path", { d })),
      label,
      key,
    );
    return { action, node, label, key };
  });
  const button = Object.fromEntries(buttons.map(({ action, node }) => [action, node]));
  const lineText = h("p");
  const tryNow = h("button", { "data-action": "trynow" });
  const line = h("div", { class: "line", hidden: true }, lineText, tryNow);
  const live = liveRegions();
  const bar = h(
    "section",
    { class: "bar", part: "bar" },
    h(
      "div",
      { class: "row" },
      h("div", { class: "side" }, connection, today),
      place,
      timer.node,
      h("div", { class: "actions keys" }, ...Object.values(button)),
    ),
    line,
    ...live.nodes,
  );

  /** @param {Sight} sight */
  function showTimer({ t, work: { held }, left, total, talking, doubt }) {
    const dialled = held?.state === "dialled";
    timer.node.hidden = !held || doubt || (!dialled && left === Infinity);
    timer.node.className = dialled ? "timer up" : "timer";
    if (dialled) timer.show(talking, 1, t("elapsed"), "");
    else timer.show(left, total, t("left"), left < 30_000 ? "warn" : "");
  }

  return {
    bar,
    place,
    button,
    say: live.say,
    showTimer,
    /** Under everything else: what is shown above it stays in sight. @param {Node} panel */
    open: (panel) => line.after(panel),
    /** @param {Sight} sight */
    show(sight) {
      const { t, say, work, now, left, waiting, unseen, keys, asking, line: under } = sight;
      const { state: is, cause, canWork } = sight.connection;
      const { held, busy, note: told } = work;
      const dialled = held?.state === "dialled";
      const choosing = held && !dialled;
      const over = choosing && left <= 0;
      const signedOut = is === "signed-out" || is === "denied";

      const [tone = "", d = ""] = SHAPES[is] ?? RING;
      connection.dataset.tone = tone;
      shape.setAttribute("d", d);
      text(state, t(`conn.${is}`));
      today.hidden = !sight.today || signedOut;
      if (sight.today) text(today, t("today", sight.today));

      who.hidden = !held;
      if (held) {
        const digits = [held.Prefix, held.PhoneNumber, held.Suffix].filter(Boolean).join(" ");
        text(name, nameOf(held, sight.doubt));
        text(number, held.name ? (sight.doubt ? veiled : String)(digits) : "");
        text(campaign, held.CampaignId);
        text(facts, say.facts(held, now));
      }
      note.className = told ? "note" : "meta";
      note.dataset.tone = told?.tone ?? "";
      note.hidden = !told && (!!held || !canWork);
      text(noteText, sight.note);
      text(law, say.law(work));
      details.hidden = !told?.about;
      text(summary, t("details"));
      text(about, told?.about ?? "");
      showTimer(sight);

      /** @type {Record<string, unknown>} */
      const shown = {
        next: !held && !signedOut && is !== "superseded",
        dial: choosing,
        skip: choosing && sight.skips,
        keep: choosing,
        outcome: dialled,
        signin: signedOut && cause !== "outdated",
        usehere: is === "superseded",
      };
      for (const { action, node, label, key } of buttons) {
        const free = action === "signin" || action === "usehere";
        const early = (action === "next" && (is === "draining" || waiting)) || (action === "dial" && unseen);
        const stopped = !free && (!canWork || busy || over || early);
        const combo = readable(keys[action]);
        node.hidden = !shown[action];
        node.ariaDisabled = String(!!stopped);
        node.ariaBusy = String(busy === action);
        if (action === "skip" || action === "outcome") node.ariaExpanded = String(asking === action);
        text(label, t(busy === action ? "working" : action));
        text(key, combo);
        key.hidden = !combo;
        if (combo) node.ariaKeyShortcuts = combo;
      }

      line.hidden = !under.words;
      line.dataset.tone = under.tone;
      text(lineText, under.words);
      text(tryNow, t("trynow"));
      tryNow.hidden = is !== "reconnecting" && is !== "offline";
    },
  };
}
