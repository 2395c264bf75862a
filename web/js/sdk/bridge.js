/** @import {Envelope, Hub} from "./protocol.d.ts" */

/** What may be asked from outside: the vendor's messages. Dial is none of them, so no script can dial. */
const REQUESTS = {
  GetContactOD: "ContactOD",
  GetReservedContactOD: "ContactOD",
  SkipNonPEWCContact: "SkipNonPEWCContactResult",
  SetNonPEWCContactOutcome: "SetNonPEWCContactOutcomeResult",
  GetAgentCallCount: "AgentCallCount",
  SkipManualDialContact: "SkipManualDialContactResult",
  SendAgentState: "",
};
const PER_SECOND = 10;
const OWN = "agenthub-bridge";
const CONTACT_KEYS =
  "PhoneNumber AccountNumber CampaignId Mode ContactId ContactID ExpiryTime CallbackTime CallType Prefix Suffix Queue".split(" ");

/**
 * @typedef {{mode: "events" | "commands", origins?: string[], channel?: boolean, pii?: boolean, windows?: () => Window[]}} BridgeOptions
 */

/** @param {string} number keeps the last four digits */
export const masked = (number) => number.replace(/\d(?=(?:\D*\d){4})/g, "•");

/**
 * An answer as the vendor's original would publish it: nothing of ours in it.
 *
 * @param {Envelope<any>} envelope
 * @param {boolean} open whether the number may be read
 */
export function published({ subtopic, message }, open) {
  const { code: _, rule: __, opensAt: ___, ...response } = message?.response ?? {};
  /** @type {Record<string, any>} */
  let shown = response;
  if (subtopic === "ContactOD" && response.PhoneNumber !== undefined) {
    shown = Object.fromEntries(CONTACT_KEYS.filter((key) => key in response).map((key) => [key, response[key]]));
    if (!open) shown.PhoneNumber = masked(String(shown.PhoneNumber));
  }
  return { channel: "LCM", topic: "WebService", subtopic, message: { response: shown } };
}

/** A token bucket. @param {number} perSecond */
export function limiter(perSecond) {
  let left = perSecond;
  let at = Date.now();
  return () => {
    const now = Date.now();
    left = Math.min(perSecond, left + ((now - at) / 1000) * perSecond);
    at = now;
    if (left < 1) return false;
    left--;
    return true;
  };
}

/** @param {any} data @returns {data is Envelope} whether it is a request that may pass */
function admissible(data) {
  return (
    typeof data === "object" &&
    data !== null &&
    data.channel === "LCM" &&
    data.topic === "WebService" &&
    typeof data.data === "object" &&
    data.data !== null &&
    data.source !== OWN &&
    Object.hasOwn(REQUESTS, data.subtopic)
  );
}

/**
 * Joins a page's own message bus to the hub: answers and events go out, and in mode `commands` the vendor's requests come in. Only the
 * tab that leads forwards what it hears, because every tab of the browser hears the same channel.
 *
 * @param {Hub & {leads?: boolean}} hub
 * @param {BridgeOptions} options
 * @returns {() => void} ends it
 */
export function bridge(
  hub,
  { mode, origins = [], channel = true, pii = false, windows = () => (window.parent === window ? [] : [window.parent]) },
) {
  const bus = channel ? new BroadcastChannel("LCM") : null;
  const allowed = limiter(PER_SECOND);
  const commands = mode === "commands";

  /** @param {Envelope<any>} envelope */
  const publish = (envelope) => {
    if (envelope.channel !== "LCM" || !envelope.message || !Object.values(REQUESTS).includes(envelope.subtopic)) return;
    if (hub.leads !== false) bus?.postMessage(published(envelope, false));
    for (const target of windows()) for (const origin of origins) target.postMessage(published(envelope, commands || pii), origin);
  };

  /** @param {unknown} data */
  const accept = (data) => {
    if (!commands || !admissible(data) || !hub.state.canWork || !allowed()) return;
    // The answer comes back through "*" like any other; a refusal does too, so there is nothing to do with it here.
    hub.request(data.subtopic, { ...data.data }).catch(() => {});
  };

  /** @param {MessageEvent} event */
  const onMessage = ({ origin, source, data }) => {
    if (origins.includes(origin) && windows().includes(/** @type {Window} */ (source))) accept(data);
  };
  if (bus) bus.onmessage = ({ data }) => hub.leads !== false && accept(data);
  globalThis.addEventListener?.("message", onMessage);
  const off = hub.on("*", publish);
  return () => {
    off();
    bus?.close();
    globalThis.removeEventListener?.("message", onMessage);
  };
}
