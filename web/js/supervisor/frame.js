import { h, icon, svg, text } from "../ui/h.js";
import { liveRegions } from "../ui/live.js";
import { askToNotify } from "../ui/notify.js";
import { toggleTheme } from "../ui/theme.js";
import { toggle } from "../ui/toggle.js";
import { settings, t } from "./words.js";

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
export const live = liveRegions();
const iconAddress = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]")).href;

// The frame of the page.
const shape = svg("path", { d: "M6 1a5 5 0 1 0 .01 0z" });
const liveText = h("span", null, t("live.connecting"));
const livePill = h("span", { class: "pill num", "data-tone": "info", id: "live" }, /** @type {any} */ (icon(12, shape)), liveText);
export const tryNow = h("button", { type: "button", hidden: true }, t("trynow"));
const lamp = svg(
  "svg",
  { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
  svg("path", { d: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z" }),
);
export const fault = h("p", { class: "fault banner card", role: "alert", hidden: true });
/** @param {string} why what went wrong */
export function complain(why) {
  fault.hidden = false;
  text(fault, why);
}
export const sound = toggle(t("sound"));
export const notices = toggle(t("notices"), async () => {
  const allowed = await askToNotify();
  fault.hidden = allowed;
  text(fault, t("noticesblocked"));
  return allowed;
});
export const spoken = toggle(t("spoken"));
export const place = h("div");
app.append(
  h(
    "header",
    { class: "top" },
    h("div", { class: "brand" }, h("img", { src: iconAddress, alt: "" }), h("h1", null, t("title"))),
    settings.demo && h("span", { class: "pill", "data-tone": "info" }, t("demo")),
    h("span", { class: "spring" }),
    livePill,
    tryNow,
    sound.button,
    notices.button,
    spoken.button,
    h("button", { type: "button", class: "quiet", "aria-label": t("theme"), onclick: toggleTheme }, /** @type {any} */ (lamp)),
  ),
  place,
  ...live.nodes,
);

// The truth about the connection: how old the last word of the hub is.
const TONES = { ready: "ok", draining: "info", connecting: "info", reconnecting: "warn", offline: "warn" };
/** @param {string} state @param {number} lastNews when the hub was heard last, ms; 0: never */
export function showLive(state, lastNews) {
  const s = lastNews ? Math.round((Date.now() - lastNews) / 1000) : 0;
  livePill.dataset.tone = TONES[/** @type {keyof typeof TONES} */ (state)] ?? "danger";
  shape.setAttribute("d", ["ready", "draining", "connecting"].includes(state) ? "M6 1a5 5 0 1 0 .01 0z" : "M6 1l5.5 10H.5z");
  text(liveText, t(`live.${state}`, { s }));
  tryNow.hidden = !["reconnecting", "offline"].includes(state);
}

/** Puts the parts where the sign-in was. @param {Record<string, any>} part */
export function lay({ filters, figures, alerts, chart, chartTitle, splits, top, feed, panel, crew, queue }) {
  app.prepend(h("a", { class: "skip-link", href: "#feed" }, t("skiplink")));
  place.replaceWith(
    h(
      "main",
      null,
      filters,
      fault,
      figures,
      alerts,
      h(
        "div",
        { class: "two" },
        h(
          "section",
          { class: "card pad", "aria-label": t("chart") },
          h("div", { class: "chart-head" }, chartTitle, h("div", { class: "tabs", role: "group", "aria-label": t("splitby") }, ...splits)),
          chart,
        ),
        h("section", { class: "card pad", "aria-label": t("top") }, h("h2", null, t("top")), top),
      ),
      h(
        "div",
        { class: "with-panel" },
        h(
          "section",
          { class: "card", id: "feed", tabIndex: -1, "aria-label": t("feed") },
          h("div", { class: "pad head" }, h("h2", null, t("feed"))),
          feed,
        ),
        panel,
      ),
      h("section", { class: "card pad", "aria-label": t("team") }, h("h2", null, t("team")), crew),
      h("section", { class: "card pad", "aria-label": t("reviews") }, h("h2", null, t("reviews")), queue),
    ),
  );
}
