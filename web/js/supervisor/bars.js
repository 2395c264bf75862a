/** @typedef {{minute: string, skips: number, ended: number, parts?: Record<string, number>}} Minute */
/** @typedef {{at: number, minutes: number, skips: number, ended: number, parts: Record<string, number>}} Bar */

/** Where the hub puts what is too small for a part of its own. */
export const OTHERS = "…";

/** Minutes of a bar, as people count time. */
const STEPS = [1, 5, 15, 30];
/** The colours there are for parts; what is left over has one of its own. */
const TONES = ["s1", "s2", "s3"];

/**
 * One bar per minute, or per as many as keep the bars wide enough to be seen, beginning where the clock does; minutes without events are
 * bars of height 0.
 *
 * @param {Minute[]} perMinute
 * @param {number} from
 * @param {number} minutes
 * @returns {Bar[]}
 */
export function bars(perMinute, from, minutes) {
  const width = STEPS.find((step) => minutes <= step * 60) ?? 30;
  const step = width * 60_000;
  const first = Math.floor(from / step) * step;
  const list = Array.from({ length: Math.ceil((from + minutes * 60_000 - first) / step) }, (_, i) => ({
    at: first + i * step,
    minutes: width,
    skips: 0,
    ended: 0,
    parts: /** @type {Record<string, number>} */ ({}),
  }));
  for (const { minute, skips, ended, parts = {} } of perMinute) {
    const bar = list[Math.floor((Date.parse(minute) - first) / step)];
    if (!bar) continue;
    bar.skips += skips;
    bar.ended += ended;
    for (const [part, n] of Object.entries(parts)) bar.parts[part] = (bar.parts[part] ?? 0) + n;
  }
  return list;
}

/** The parts of all bars, the largest first, what is left over last. @param {Bar[]} list @returns {string[]} */
export function partsOf(list) {
  /** @type {Record<string, number>} */
  const total = {};
  for (const { parts } of list) for (const [part, n] of Object.entries(parts)) total[part] = (total[part] ?? 0) + n;
  const last = (/** @type {string} */ part) => Number(part === OTHERS);
  return Object.keys(total).sort((a, b) => last(a) - last(b) || (total[b] ?? 0) - (total[a] ?? 0) || a.localeCompare(b));
}

/**
 * Who has a colour keeps it while it is shown, whatever the others do; a new one gets what is free.
 *
 * @param {Map<string, string>} had tones by part, brought up to date
 * @param {string[]} shown
 */
export function recolour(had, shown) {
  for (const part of [...had.keys()]) if (!shown.includes(part)) had.delete(part);
  for (const part of shown) {
    if (had.has(part)) continue;
    const free = TONES.find((tone) => ![...had.values()].includes(tone));
    had.set(part, part === OTHERS ? "rest" : (free ?? "rest"));
  }
}

/** The next number that an axis likes to end at. @param {number} n */
export function niceTop(n) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 4, 5, 10].map((step) => step * power).find((top) => top >= Math.max(n, 4)) ?? 10 * power;
}
