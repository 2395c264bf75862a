/** @import {Envelope, Hello, HubClientOptions, StateEvent} from "./protocol.d.ts" */
import { backoff } from "./backoff.js";
import { HubError, requestId } from "./hub-error.js";

/** @type {StateEvent} */
export const signedOut = { state: "signed-out", cause: "", retryAt: 0, lostAt: 0, canWork: false };

/** @param {string} token a JWT; of anything else nothing is known, and it is used until the hub refuses it */
export function claims(token) {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return {};
  }
}

/** @typedef {ReturnType<typeof keepConnected>} Connection */

/**
 * One agent's socket, kept alive: it trades the token for a ticket at every connect, waits for Hello, watches the heartbeat, and comes
 * back after a loss unless the hub forbade it. It never holds a message back: what cannot be sent now is not sent.
 *
 * @param {HubClientOptions & {url: string, instance: string}} options
 * @param {{state: (s: StateEvent) => void, envelope: (e: Envelope) => void}} tell
 * @param {string} [token] if there is one already
 */
export function keepConnected(options, tell, token = "") {
  const helloWithin = 10_000;
  const silence = 10_000; // beyond one heartbeat: the connection is dead
  const probeWithin = 3_000;
  /** @type {WebSocket | null} */
  let socket = null;
  let attempt = 0; // what an older one still does is void
  let dialling = false;
  let tries = 0;
  let readyAt = 0;
  let wasReady = false;
  let lostAt = 0; // when the hub was last known to be there, 0 while it is
  let barred = 0; // sockets in a row that the hub was never heard on, though it sold a ticket for each
  let seen = 0;
  let heartbeat = 20_000;
  let ticked = 0;
  let probeUntil = 0;
  let drainUntil = 0;
  let offset = 0;
  let agent = "";
  let state = signedOut;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let refresh;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let watch;
  let listening = new AbortController();

  /** @param {number} [lost] when another one lost this session, ms */
  function start(lost = 0) {
    end();
    lostAt ||= lost;
    wasReady ||= lost > 0;
    listening = new AbortController();
    const { signal } = listening;
    const shown = () => document.hidden || wake();
    const moments = { online: retry, offline: probe, pageshow: wake, visibilitychange: shown, resume: shown };
    // Captured, because the last two are the document's and one of them does not bubble.
    for (const [name, then] of Object.entries(moments)) globalThis.addEventListener?.(name, then, { signal, capture: true });
    ticked = Date.now();
    watch = setInterval(tick, 1000);
    open();
  }

  /** Ends for good. @param {string} [cause] @param {StateEvent["state"]} [is] */
  function stop(cause = "", is = "signed-out") {
    end();
    become(is, cause);
  }

  /** Ends, for now, without a word. */
  function end() {
    attempt++;
    listening.abort();
    clearTimeout(timer);
    clearTimeout(refresh);
    clearInterval(watch);
    const old = socket;
    socket = null;
    old?.close(1000);
    drainUntil = 0;
    tries = 0;
  }

  /** Tries at once if it was waiting to. */
  function retry() {
    if (socket || !["reconnecting", "offline"].includes(state.state)) return;
    tries = 0;
    open();
  }

  /** @param {string} frame @returns {boolean} whether it went out */
  function send(frame) {
    if (!state.canWork || socket?.readyState !== 1) return false;
    socket.send(frame);
    return true;
  }

  async function open() {
    clearTimeout(timer);
    const mine = ++attempt;
    if (!socket) become(wasReady ? "reconnecting" : "connecting", state.cause);
    try {
      const ticket = await buyTicket();
      if (mine === attempt) dial(ticket, mine);
    } catch (error) {
      if (mine === attempt) failed(error);
    }
  }

  /** Milliseconds until four fifths of a token's life are over. @param {string} token */
  function untilRenewal(token) {
    const { exp = Infinity, iat = Date.now() / 1000 } = claims(token);
    return (iat + (exp - iat) * 0.8) * 1000 - Date.now();
  }

  async function buyTicket() {
    for (let again = false; ; again = true) {
      const bearer = await currentToken(again ? "refused" : "connect");
      const response = await fetch(new URL("/api/v1/tickets", options.url.replace(/^ws/, "http")), {
        method: "POST",
        headers: { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" },
        body: JSON.stringify(options, ["instance", "role"]),
        signal: AbortSignal.timeout(helloWithin),
      });
      const { ok, status } = response;
      if (ok) return /** @type {string} */ ((await response.json()).ticket);
      if (status === 401 && !again) {
        token = "";
        continue;
      }
      const { detail = "" } = await response.json().catch(() => ({}));
      const cause = status === 403 && detail.startsWith("Your account") ? "norole" : "";
      const retryAfter = Number(response.headers.get("Retry-After")) * 1000 || 0;
      throw new HubError(status === 401 || status === 403 ? "denied" : "unavailable", `ticket: ${status}`, { retryAfter, cause });
    }
  }

  /** The token, new if there is none or four fifths of its life are over. @param {string} reason */
  async function currentToken(reason) {
    if (reason !== "refresh" && token && untilRenewal(token) > 0) return token;
    const fetchIt = () => options.getToken({ reason, signal: AbortSignal.timeout(60_000) });
    // Tabs of one browser take turns, because some providers let a refresh token be used once only.
    const locks = globalThis.navigator?.locks;
    token = await (locks ? locks.request("agenthub-token", fetchIt) : fetchIt());
    return token;
  }

  /** @param {string} ticket @param {number} mine */
  function dial(ticket, mine) {
    const WS = options.WebSocket ?? globalThis.WebSocket;
    const next = new WS(options.url, ["agenthub.v1", `agenthub.ticket.${ticket}`]);
    const begun = Date.now();
    let greeted = false;
    let over = false;
    // Not every client tells of the end of a socket that never opened; what it does tell must be heard, or it ends the process.
    const gone = (/** @type {{code?: number, reason?: string}} */ { code = 1006, reason = "" }) => {
      if (over) return;
      over = true;
      clearTimeout(late);
      if (next === socket) lost(code, reason);
      else if (!greeted && mine === attempt) {
        dialling = false;
        if (code === 1006 || code === 4000) barred++;
        lost(code, reason);
      }
    };
    const late = setTimeout(() => {
      next.close(4000);
      gone({ code: 4000 });
    }, helloWithin);
    dialling = true;
    next.onerror = () => setTimeout(gone, 100, {}); // the close that follows it in most knows more
    next.onmessage = ({ data }) => {
      /** @type {Envelope} */
      let envelope;
      try {
        envelope = JSON.parse(data);
      } catch {
        return;
      }
      if (!greeted) {
        if (mine !== attempt) return next.close(1000);
        if (envelope.subtopic !== "Hello") return;
        greeted = true;
        clearTimeout(late);
        adopt(next, begun, /** @type {Hello} */ (envelope.message));
      }
      // After a move the old socket may still bring answers that were on their way; what it says of the state is old.
      if (next === socket) receive(envelope);
      else if (envelope.requestId) tell.envelope(envelope);
    };
    next.onclose = gone;
  }

  /** @param {WebSocket} next @param {number} begun @param {Hello} hello */
  function adopt(next, begun, hello) {
    const old = socket;
    socket = next;
    dialling = false;
    clearTimeout(timer);
    old?.close(1000);
    agent = hello.agent;
    heartbeat = (hello.heartbeatSeconds || 20) * 1000;
    offset = Date.parse(hello.serverNow) - (begun + Date.now()) / 2 || 0;
    readyAt = Date.now();
    wasReady = true;
    lostAt = 0;
    barred = 0;
    drainUntil = 0;
    probeUntil = 0;
    planRefresh();
    become("ready");
  }

  function planRefresh() {
    clearTimeout(refresh);
    const due = untilRenewal(token);
    if (due === Infinity) return;
    const renew = async () => {
      try {
        say("HUB", "Session", "RefreshToken", { token: await currentToken("refresh") });
        planRefresh();
      } catch {
        // The socket lives on; the hub closes it with 4001 when the token is over, and that asks again.
      }
    };
    refresh = setTimeout(renew, Math.min(Math.max(due, 5000), 2 ** 31 - 1));
  }

  /** @param {string} channel @param {string} topic @param {string} subtopic @param {object} data */
  function say(channel, topic, subtopic, data) {
    send(JSON.stringify({ channel, topic, subtopic, requestId: requestId(), data }));
  }

  /** @param {Envelope<any>} envelope */
  function receive(envelope) {
    const { channel, subtopic, message } = envelope;
    const ours = channel === "HUB" && subtopic;
    seen = Date.now();
    probeUntil = 0;
    if (ours === "Heartbeat") {
      // One way only: late by the latency, so a larger value is better; a much smaller one means that a clock was set.
      const ahead = Date.parse(message.serverNow) - seen;
      if (ahead > offset || ahead < offset - 2000) offset = ahead;
    } else if (ours === "Draining") {
      const within = message.reconnectWithinMs ?? 5000;
      drainUntil = seen + within;
      become("draining");
      later(Math.random() * within);
    }
    tell.envelope(envelope);
  }

  /** @param {number} code @param {string} reason */
  function lost(code, reason) {
    if (socket && Date.now() - readyAt >= (options.backoff?.minUptime ?? 5000)) tries = 0;
    const moving = drainUntil > Date.now() && !!socket;
    if (socket?.readyState !== 1) {
      if (socket) lostAt = Date.now();
      socket = null;
    }
    clearTimeout(refresh);
    if (code === 4501) stop(reason || "superseded", "superseded");
    else if (code >= 4500) stop({ 4503: "signed_out", 4504: "outdated" }[code] ?? "denied", "denied");
    else if (code === 4001) {
      token = "";
      retryIn(Math.random() * 500, "expired");
    } else if (code === 1012) {
      // The hub closes the old socket when it has taken the new one in: Hello may still be on its way.
      if (dialling) retryIn(2000, "draining");
      else retryIn(Math.random() * (moving ? drainUntil - Date.now() : 1000), "draining");
    } else retryIn(backoff(++tries, options.backoff), !wasReady && barred > 2 ? "blocked" : String(code));
  }

  /** @param {any} error */
  function failed(error) {
    if (error?.code === "denied") stop(error.cause || "denied", "denied");
    else retryIn(Math.max(error?.retryAfter ?? 0, backoff(++tries, options.backoff)), "unreachable");
  }

  /** @param {number} delay @param {string} cause */
  function retryIn(delay, cause) {
    const offline = globalThis.navigator?.onLine === false;
    if (!socket) become(offline ? "offline" : wasReady ? "reconnecting" : "connecting", cause, Date.now() + delay);
    later(delay);
  }

  /** @param {number} delay */
  function later(delay) {
    clearTimeout(timer);
    timer = setTimeout(open, delay);
  }

  function tick() {
    const now = Date.now();
    const slept = now - ticked > 2500;
    ticked = now;
    if (!socket) return;
    const silent = now - seen;
    if (probeUntil ? now > probeUntil : silent > heartbeat + silence && !slept) drop();
    else if (slept && silent > heartbeat) probe();
  }

  function wake() {
    if (!socket) retry();
    else if (Date.now() - seen > heartbeat) probe();
  }

  /** Browsers hide protocol pings, so any request has to do: its answer, even a refusal, proves life. */
  function probe() {
    if (!socket || probeUntil) return;
    probeUntil = Date.now() + probeWithin;
    say("LCM", "WebService", "GetAgentCallCount", { UserID: agent });
  }

  function drop() {
    const old = socket;
    socket = null;
    lostAt = seen; // for all that silence tells, the hub may have been gone since
    probeUntil = 0;
    old?.close(4000);
    lost(4000, "");
  }

  /** @param {StateEvent["state"]} is @param {string} [cause] @param {number} [retryAt] */
  function become(is, cause = "", retryAt = 0) {
    const canWork = is === "ready" || is === "draining";
    state = { state: is, cause, retryAt, lostAt: canWork ? 0 : lostAt, canWork, ...(cause === "blocked" && { address: options.url }) };
    tell.state(state);
  }

  return {
    start,
    stop,
    end,
    retry,
    send,
    /** The hub's clock minus ours, in milliseconds. */
    get offset() {
      return offset;
    },
  };
}
