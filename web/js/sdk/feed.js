/** @import {Feed, FeedEvent, FeedHandlers, FeedPosition, Hub} from "./protocol.d.ts" */

/**
 * The supervisors' feed over one client: subscribes anew after each connect, directly after the last event seen, and hands the events
 * on in batches, because a page that writes a row per event stutters at 200 events a second.
 *
 * @param {Hub} hub
 * @param {FeedPosition} from
 * @param {FeedHandlers} handlers
 * @returns {Feed}
 */
export function subscribe(hub, from, { onEvents, onGap, onSubscribed, onError, every = 250 }) {
  let { since, seq, filter = {} } = from;
  let round = 0;
  let subscribed = false;
  /** @type {FeedEvent[]} */
  let batch = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const flush = () => {
    timer = undefined;
    if (batch.length > 0) onEvents(batch.splice(0));
  };
  const ask = async () => {
    const mine = ++round;
    subscribed = false;
    try {
      const { message } = await hub.request("Subscribe", { ...(since && { since, seq }), filter });
      if (mine !== round) return;
      // Without a place to go on from, what came before this answer belongs to the past that the caller loads.
      if (!since) {
        seq = message.seq;
        if (seq) since = message.id;
      }
      subscribed = true;
      onSubscribed?.(message);
    } catch (error) {
      if (mine === round) onError?.(/** @type {Error} */ (error));
    }
  };
  const off = [
    hub.on("snapshot", ask),
    hub.on("Event", ({ message }) => {
      if (seq !== undefined && message.seq <= seq) return;
      if (!subscribed && !since) return;
      ({ id: since, seq } = message);
      batch.push(message);
      timer ??= setTimeout(flush, every);
    }),
    hub.on("Gap", ({ message }) => {
      flush();
      since = message.to;
      seq = undefined; // of another history perhaps, whose numbers begin anew
      onGap(message);
    }),
  ];
  if (hub.state.canWork) ask();
  return {
    flush,
    update(next) {
      filter = next;
      since = undefined;
      seq = undefined;
      batch = [];
      if (hub.state.canWork) ask();
    },
    close() {
      round++;
      clearTimeout(timer);
      for (const remove of off) remove();
    },
  };
}
