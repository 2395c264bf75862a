/**
 * Full jitter: each delay is drawn from the whole range, so that thousands of desktops that lost the same hub do not come back in step.
 *
 * @param {number} tries failures so far
 * @param {{min?: number, max?: number}} limits in milliseconds
 * @param {() => number} random
 */
export function backoff(tries, { min = 500, max = 20_000 } = {}, random = Math.random) {
  const top = Math.min(max, min * 2 ** Math.min(tries, 20));
  return Math.round(min + random() * (top - min));
}
