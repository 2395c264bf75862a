import { h } from "./h.js";

/**
 * A share as a bar. Not `<meter>`, which each browser draws, and measures, in its own way.
 *
 * @param {number} share from 0 to 1
 * @param {string} label
 * @param {string} [tone] a class
 */
export function gauge(share, label, tone = "") {
  const percent = Math.round(share * 100);
  const filled = h("span");
  filled.style.inlineSize = `${percent}%`;
  const figures = { "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent), "aria-valuetext": `${percent} %` };
  return h("span", { class: `gauge ${tone}`, role: "meter", "aria-label": label, ...figures }, filled);
}
