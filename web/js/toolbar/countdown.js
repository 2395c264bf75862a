import { h, icon, svg, text } from "../ui/h.js";

/** @param {number} ms */
export function clock(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * A ring that empties, with the time beside it. It knows nothing of ticks: each `show` gets what is left by the hub's clock, so that a
 * tab that slept is right at once.
 */
export function countdown() {
  const around = 2 * Math.PI * 15;
  const circle = { cx: 18, cy: 18, r: 15 };
  const ring = svg("circle", { ...circle, class: "left", "stroke-dasharray": around });
  const time = h("strong");
  const unit = h("span");
  const face = icon(36, svg("circle", circle), ring);
  const node = h("div", { class: "timer", role: "timer", "aria-live": "off" }, face, h("span", null, time, unit));
  return {
    node,
    /** @param {number} ms @param {number} total @param {string} word @param {string} tone */
    show(ms, total, word, tone) {
      text(time, clock(ms));
      text(unit, word);
      node.dataset.tone = tone;
      ring.setAttribute("stroke-dashoffset", String(around * (1 - Math.min(1, Math.max(0, ms / total)))));
    },
  };
}
