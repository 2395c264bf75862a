/**
 * Several tabs, one socket. The tab that holds the lock leads and owns the connection; the others send through it over a
 * BroadcastChannel. When the leader closes or crashes the browser hands the lock on, and the next tab leads.
 *
 * @param {string} name who may share: tabs with the same hub and agent
 * @param {{lead: () => void, receive: (message: any) => void}} tab
 */
export function joinTabs(name, { lead, receive }) {
  const channel = new BroadcastChannel(name);
  const leaving = new AbortController();
  /** @type {((value?: unknown) => void) | undefined} */
  let release;
  channel.onmessage = ({ data }) => receive(data);
  navigator.locks
    .request(name, { signal: leaving.signal }, () => {
      lead();
      return new Promise((done) => {
        release = done;
      });
    })
    .catch(() => {}); // left before it became leader
  return {
    /** @param {object} message */
    post: (message) => channel.postMessage(message),
    leave() {
      leaving.abort();
      release?.();
      channel.close();
    },
  };
}

/** Insecure contexts and some partitioned frames have neither; then each tab is on its own and the hub's take-over rule decides. */
export const canJoinTabs = () => !!globalThis.navigator?.locks && typeof BroadcastChannel === "function";
