import { h } from "../ui/h.js";
import { translator } from "../ui/i18n.js";
import { readable } from "../ui/keys.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(
  "dl,dd{margin:0}dl.choices{column-gap:2rem}dl div{display:flex;gap:.75rem;justify-content:space-between}dd{white-space:nowrap}",
);

/** Keys that work only while the bar has the focus, and cannot be changed. */
const INSIDE = { choose: "1–9", confirm: "Enter", back: "Esc", list: "?" };

/** @type {HTMLElement | null} */
let open = null;

/**
 * Shows under the bar which keys it has, or takes the list away again; the focus goes there and back.
 *
 * @param {{bar: HTMLElement, place: HTMLElement, open: (panel: Node) => void}} view
 * @param {Record<string, string>} keys combination by action; empty where the desktop wants none
 */
export async function toggleList({ bar, place, open: show }, keys) {
  const root = /** @type {ShadowRoot} */ (bar.getRootNode());
  if (open?.isConnected) return open.querySelector("button")?.click();
  const before = /** @type {HTMLElement | null} */ (root.activeElement);
  const t = await translator(bar.lang, "extras.");
  const rows = [
    ...Object.entries(keys).map(([action, combo]) => [t(action), readable(combo)]),
    ...Object.entries(INSIDE).map(([what, key]) => [t(`key.${what}`), key]),
  ];
  const close = () => {
    node.remove();
    (before?.checkVisibility() ? before : place).focus();
  };
  const button = h("button", { onclick: close }, t("close"));
  const node = h(
    "section",
    { class: "panel", "aria-label": t("shortcuts") },
    h("strong", null, t("shortcuts")),
    h(
      "dl",
      { class: "choices" },
      ...rows.map(([what, key = ""]) => h("div", null, h("dt", null, what), h("dd", null, h("kbd", null, key)))),
    ),
    h("div", { class: "actions" }, button),
  );
  node.addEventListener("keydown", (event) => event.key === "Escape" && close());
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  open?.remove();
  open = node;
  show(node);
  button.focus();
}
