import { h, text } from "./h.js";

/** Two regions for screen readers: what can wait, and what cannot. Each sentence is spoken once. */
export function liveRegions() {
  const status = h("p", { class: "sr", role: "status" });
  const alert = h("p", { class: "sr", role: "alert" });
  return {
    nodes: [status, alert],
    /** @param {string} sentence @param {boolean} [urgent] */
    say(sentence, urgent = false) {
      text(urgent ? alert : status, sentence);
    },
  };
}
