/** @import {View} from "./filters.js" */
import { h, text } from "../ui/h.js";
import { SPLITS, WINDOWS } from "./filters.js";
import { live } from "./frame.js";
import { t } from "./words.js";

/** The choice of everything. */
export const all = ["", t("all")];

/**
 * What a person chooses by.
 * @param {{view: () => View, change: (some: Partial<View>, quiet?: boolean) => void}} page
 */
export function choices({ view, change }) {
  /** @param {string} name @param {string[][]} options */
  function select(name, options) {
    const control = h("select", { "data-filter": name });
    control.addEventListener("change", () => change({ [name]: control.value }));
    const wrap = h("label", null, h("span", null, t(name)), control);
    return { wrap, control, set: (/** @type {string[][]} */ list) => fill(control, list, name), options };
  }
  /** Keeps what is chosen, known or not. @param {HTMLSelectElement} control @param {string[][]} list @param {string} name */
  function fill(control, list, name) {
    const chosen = String(view()[/** @type {keyof View} */ (name)] ?? "");
    if (chosen && !list.some(([value]) => value === chosen)) list = [...list, [chosen, chosen]];
    const signature = JSON.stringify(list);
    if (control.dataset.options !== signature) {
      control.dataset.options = signature;
      control.replaceChildren(...list.map(([value = "", label = value]) => h("option", { value }, label)));
    }
    control.value = chosen;
  }
  const types = ["skip", "skip_close", "reserve", "dial", "outcome", "expire", "release", "review", "block", "unblock", "alert"].map(
    (id) => [id, t(`type.${id}`)],
  );
  const selects = {
    campaign: select("campaign", [all]),
    agent: select("agent", [all]),
    reason: select("reason", [all]),
    type: select("type", [all, ...types]),
    last: select(
      "last",
      Object.keys(WINDOWS).map((id) => [id, t(`last.${id}`)]),
    ),
  };
  const searchBox = h("input", { type: "search", "aria-keyshortcuts": "/", placeholder: "/" });
  searchBox.addEventListener("input", () => change({ q: searchBox.value }, true));
  const clear = h(
    "button",
    { type: "button", class: "quiet", onclick: () => change({ campaign: "", agent: "", reason: "", type: "", q: "" }) },
    t("clear"),
  );
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => change({ paused: !view().paused }, true) });
  const copy = h("button", { type: "button" }, t("copylink"));
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(location.href);
    live.say(t("copied"));
    text(copy, t("copied"));
    setTimeout(() => text(copy, t("copylink")), 2000);
  });
  const csv = h("button", { type: "button" }, t("csv"));
  const splits = ["", ...SPLITS].map((by) =>
    h("button", { type: "button", value: by, onclick: () => change({ by }) }, t(`by.${by || "all"}`)),
  );
  const node = h(
    "section",
    { class: "filters card", "aria-label": t("filters") },
    ...Object.values(selects).map(({ wrap }) => wrap),
    h("label", { class: "search" }, h("span", null, t("search")), searchBox),
    h("div", { class: "acts" }, pause, copy, csv, clear),
  );
  /** Shows what is chosen. @param {View} now */
  function show(now) {
    for (const { set, options, control } of Object.values(selects)) set(/** @type {any} */ (control).list ?? options);
    if (searchBox.value !== now.q) searchBox.value = now.q;
    clear.hidden = !(now.campaign || now.agent || now.reason || now.type || now.q);
    pause.setAttribute("aria-pressed", String(now.paused));
    for (const button of splits) button.setAttribute("aria-pressed", String(button.value === now.by));
    text(pause, t(now.paused ? "resume" : "pause"));
  }
  return { node, splits, selects, csv, searchBox, show };
}
