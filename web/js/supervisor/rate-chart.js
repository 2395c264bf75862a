/** @import {Bar} from "./bars.js" */
import { h, svg } from "../ui/h.js";
import { niceTop, partsOf, recolour } from "./bars.js";

const NARROW = 240;
const HIGH = 190;
const FLOOR = 168;
const DIGIT = 8; // as wide as one at most is

/**
 * `<rate-chart>`: bars for the eye, in one piece or by parts, and a table behind them for everybody else and for copying.
 */
export class RateChart extends HTMLElement {
  #plot = svg("svg", { role: "img", class: "plot" });
  #legend = h("ul", { class: "legend", hidden: true });
  #body = h("tbody");
  #head = h("tr");
  #details = h(
    "details",
    null,
    h("summary"),
    h("div", { class: "scroll", tabIndex: 0, role: "group" }, h("table", null, h("thead", null, this.#head), this.#body)),
  );
  /** @type {(() => void) | null} */
  #fill = null;
  #again = () => {};
  /** @type {Map<string, string>} */
  #tones = new Map();
  #resized = new ResizeObserver(() => this.#again());

  connectedCallback() {
    this.#resized.observe(this);
    if (this.firstChild) return;
    this.append(/** @type {any} */ (this.#plot), this.#legend, this.#details);
    this.#details.addEventListener("toggle", () => this.#fill?.());
  }

  /**
   * @param {Bar[]} list
   * @param {{label: string, words: {numbers: string, from: string, skips: string, ended: string}, clock: (ms: number) => string,
   *   part: (id: string) => string}} show
   */
  draw(list, { label, words, clock, part }) {
    this.#again = () => this.#draw(list, { label, words, clock, part });
    this.#again();
  }

  /** At the width there is, so that its words are as large as all others. @param {Parameters<RateChart["draw"]>} drawing */
  #draw(...[list, { label, words, clock, part: nameOf }]) {
    const wide = Math.max(NARROW, this.clientWidth);
    const split = partsOf(list);
    recolour(this.#tones, split);
    const series = split.map((part) => ({ part, name: nameOf(part), class: this.#tones.get(part) ?? "" }));
    const top = niceTop(Math.max(0, ...list.map(({ skips }) => skips)));
    const left = Math.max(3, String(top / 2).length, String(top).length) * DIGIT + 6;
    const step = (wide - left) / Math.max(1, list.length);
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      const y = FLOOR - share * (FLOOR - 10);
      parts.push(svg("line", { x1: left, x2: wide, y1: y, y2: y, class: "grid" }), label_(left - 6, y + 4, String(top * share), "end"));
    }
    list.forEach((bar, i) => {
      const { at, skips, ended } = bar;
      const x = left + i * step;
      const pieces = series.map(({ part, name, class: tone }) => ({ n: bar.parts[part] ?? 0, tone, words: name }));
      let y = FLOOR;
      for (const { n, tone, words: what } of series.length > 0 ? pieces : [{ n: skips, tone: "s1", words: "" }]) {
        if (n === 0) continue;
        const tall = (n / top) * (FLOOR - 10);
        y -= tall;
        const piece = svg("rect", {
          x: x + step * 0.14,
          y,
          width: step * 0.72,
          height: tall,
          rx: Math.min(2, step / 4),
          class: `bar ${tone}`,
        });
        piece.append(svg("title"));
        /** @type {Node} */ (piece.firstChild).textContent = `${clock(at)}: ${what ? `${what} ${n}` : `${skips} / ${ended}`}`;
        parts.push(piece);
      }
      const named = i % Math.ceil(list.length / Math.min(6, wide / 100)) === 0;
      if (named && x < wide - 9 * DIGIT) parts.push(label_(x, HIGH - 4, clock(at), "start"));
    });
    this.#plot.replaceChildren(...parts);
    this.#plot.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`);
    this.#plot.setAttribute("aria-label", label);
    this.#legend.hidden = series.length === 0;
    this.#legend.replaceChildren(...series.map(({ name, class: tone }) => h("li", { class: tone }, name)));
    const heads = [words.from, ...series.map(({ name }) => name), words.skips, words.ended];
    this.#head.replaceChildren(...heads.map((word) => h("th", { scope: "col" }, word)));
    const [summary, scroll] = this.#details.children;
    if (summary) summary.textContent = words.numbers;
    scroll?.setAttribute("aria-label", label);
    // Most people never open the table: its rows are made when somebody does.
    this.#fill = () => {
      if (!this.#details.open) return;
      this.#body.replaceChildren(
        ...list.map((bar) => {
          const figures = [...split.map((part) => bar.parts[part] ?? 0), bar.skips, bar.ended];
          return h("tr", null, h("th", { scope: "row" }, clock(bar.at)), ...figures.map((n) => h("td", null, String(n))));
        }),
      );
    };
    this.#fill();
  }
}

/** @param {number} x @param {number} y @param {string} words @param {string} anchor */
function label_(x, y, words, anchor) {
  const node = svg("text", { x, y, "text-anchor": anchor });
  node.textContent = words;
  return node;
}

customElements.define("rate-chart", RateChart);
