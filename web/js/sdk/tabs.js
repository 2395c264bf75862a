/**
 * Several tabs, one socket. The tab that holds the lock leads and owns the connection; the others send through it over a
 * BroadcastChannel. When the leader closes or crashes the browser hands the lock on, and the next tab leads. One that only stands still
 * keeps it, so whoever finds that out takes it.
 *
 * @param {string} name who may share: tabs with the same hub and agent
 * @param {{lead: () => void, deposed: () => void, receive: (message: any) => void}} tab
 */
export function joinTabs(name, { lead, deposed, receive }) {
  const channel = new BroadcastChannel(name);
  /** @type {AbortController | undefined} the turn that counts; none once it has left */
  let turn;
  /** @type {((value?: unknown) => void) | undefined} */
  let release;
  channel.onmessage = ({ data }) => receive(data);

  /** @param {boolean} [steal] */
  function stand(steal) {
    turn?.abort();
    turn = new AbortController();
    const mine = turn;
    const hold = () => {
      if (mine !== turn) return;
      lead();
      return new Promise((done) => {
        release = done;
      });
    };
    navigator.locks.request(name, steal ? { steal } : { signal: mine.signal }, hold).catch(() => {
      if (mine !== turn || !release) return; // left before it led
      release = undefined;
      deposed();
      stand();
    });
  }
  stand();
  return {
    /** @param {object} message */
    post: (message) => channel.postMessage(message),
    /** Takes the lock from a leader that says nothing any more. */
    steal: () => stand(true),
    leave() {
      const mine = turn;
      turn = undefined;
      mine?.abort();
      release?.();
      channel.close();
    },
  };
}

/** Insecure contexts and some partitioned frames have neither; then each tab is on its own and the hub's take-over rule decides. */
export const canJoinTabs = () => !!globalThis.navigator?.locks && typeof BroadcastChannel === "function";
