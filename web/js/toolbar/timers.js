/** What depends on when something happened: what may be pressed yet, how long it takes, and when the time left is spoken of. */
export function timers() {
  const seenFirst = 500; // nobody can have read a number faster, so an earlier Dial was meant for something else
  let total = 0;
  let spoken = 0;
  let shownAt = 0;
  let dialledAt = 0;
  let nextFrom = 0;
  let downSince = 0;
  return {
    /** A contact came. @param {() => void} readable called when it may be dialled */
    shown(readable) {
      shownAt = Date.now();
      setTimeout(readable, seenFirst);
    },
    /** @param {number} at since when somebody talks, ms */
    dialled(at) {
      dialledAt = at;
    },
    /** @param {number} ms for which Next may not be pressed */
    rest(ms) {
      nextFrom = Date.now() + ms;
    },
    /** @param {boolean} down whether the connection is */
    down(down) {
      downSince = down ? downSince || Date.now() : 0;
    },
    /** @param {number} left until the contact goes */
    begin(left) {
      total = left;
      spoken = 0;
    },
    /** Each mark is spoken of once, and none that was over when the time began. @param {number} left @returns {number} seconds, 0 for none */
    mark(left) {
      const mark = [10, 30, 60].find((seconds) => left <= seconds * 1000);
      if (!mark || spoken === mark || left <= 0 || total <= mark * 1000) return 0;
      spoken = mark;
      return mark;
    },
    /** Whether what is shown changes by itself, to be asked at every tick. */
    moves() {
      const moves = !!(downSince || nextFrom);
      if (Date.now() >= nextFrom) nextFrom = 0;
      return moves;
    },
    now() {
      const now = Date.now();
      return {
        total,
        talking: now - dialledAt,
        waiting: now < nextFrom,
        unseen: now - shownAt < seenFirst,
        downFor: downSince && now - downSince,
      };
    },
  };
}
