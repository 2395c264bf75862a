/** @import {Oidc} from "./config.js" */
import { claims } from "../sdk/connection.js";
import { HubError } from "../sdk/hub-error.js";

/**
 * Signs a person in and keeps the tokens in memory only, the refresh token too: no other tab, and no page that comes after this one, can
 * read them. After a reload, or where the provider gives no refresh token, the tab goes to the provider and straight back
 * (`prompt=none`), which shows nothing while the provider still knows the person. What waits in sessionStorage meanwhile, the verifier
 * and what the address looked like, is worth nothing alone.
 */

const STORE = "agenthub.signin";
/** In sessionStorage: when this tab last went to the provider in silence, "0" if never; "out" once somebody signed out. Else nobody was in. */
const KNOWN = "agenthub.known";
/** Over which a tab tells the others that the person signed out. */
const OUT = "agenthub.out";
/** Who is back from the provider and is not taken would be sent there again and again. */
const SILENT_EVERY = 10_000;
/** A longer hint may be too long an address for the provider, which then asks whether to sign out. */
const LONGEST_HINT = 4096;

/** @param {Uint8Array} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** Leaves for the provider. @param {Oidc} oidc @param {{silent?: boolean, other?: boolean}} [how] `other`: it asks who it is, even if it knows */
export async function leave(oidc, { silent = false, other = false } = {}) {
  const verifier = random();
  const state = random();
  const redirect = location.origin + location.pathname;
  sessionStorage.setItem(STORE, JSON.stringify({ verifier, state, redirect, search: location.search }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const address = new URL(oidc.authorizationEndpoint);
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: oidc.clientId,
    redirect_uri: redirect,
    scope: oidc.scope,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(silent && { prompt: "none" }),
    ...(other && { prompt: "login" }),
    ...(oidc.resource && { resource: oidc.resource, audience: oidc.resource }),
  })) {
    address.searchParams.set(name, value);
  }
  location.assign(address);
}

/**
 * Back from the provider: trades the code. Returns null if the page was opened in the ordinary way. The address is cleaned first, so
 * that no code stays in it or in the history, whatever happens next.
 *
 * @param {Oidc} oidc
 */
export async function comeBack(oidc) {
  const query = new URLSearchParams(location.search);
  const stored = sessionStorage.getItem(STORE);
  if (!query.has("state") || !stored || !(query.has("code") || query.has("error"))) return null;
  sessionStorage.removeItem(STORE);
  const { verifier, state, redirect, search } = JSON.parse(stored);
  history.replaceState(null, "", location.pathname + search);
  if (query.get("state") !== state) throw new Error("state");
  // RFC 9207: an answer that names another issuer is not for us.
  if (query.has("iss") && query.get("iss") !== oidc.issuer) throw new Error("issuer");
  if (query.has("error")) {
    // Nobody is signed in there any more: the person is asked, by the ordinary way.
    if (/_required$/.test(query.get("error") ?? "") && sessionStorage.getItem(KNOWN)) return forget();
    throw new Error(query.get("error") ?? "");
  }
  const answer = await trade(oidc, {
    grant_type: "authorization_code",
    code: query.get("code") ?? "",
    redirect_uri: redirect,
    code_verifier: verifier,
  });
  if (!Number(sessionStorage.getItem(KNOWN))) sessionStorage.setItem(KNOWN, "0");
  return new Tokens(oidc, answer);
}

/** From now on this tab does not go to the provider by itself. */
export function forget() {
  sessionStorage.removeItem(KNOWN);
  return null;
}

/** Whether the person who was in at this tab signed out. */
export const isOut = () => sessionStorage.getItem(KNOWN) === "out";

/**
 * Leaves for the provider if somebody was signed in at this tab, to come back without having been asked anything. Resolves to false if
 * that is not to be tried, or the provider is out of reach: a browser's own page about that would take the place of ours.
 *
 * @param {Oidc} oidc
 */
export async function leaveInSilence(oidc) {
  const known = sessionStorage.getItem(KNOWN) ?? "out";
  if (known === "out" || Date.now() - Number(known) < SILENT_EVERY) return false;
  try {
    await fetch(oidc.tokenEndpoint, { method: "HEAD", mode: "no-cors", credentials: "omit", signal: AbortSignal.timeout(5000) });
  } catch {
    return false;
  }
  sessionStorage.setItem(KNOWN, String(Date.now()));
  await leave(oidc, { silent: true });
  return true;
}

/** Ends the sign-in at this tab when another one does, and tells the others when this one does. */
export function otherTabs() {
  const channel = new BroadcastChannel(OUT);
  channel.onmessage = () => {
    sessionStorage.setItem(KNOWN, "out");
    location.reload();
  };
  return channel;
}

/** Ends the sign-in in all tabs here, and at the provider where it says how. @param {Oidc} oidc @param {Tokens} tokens @param {BroadcastChannel} others */
export function signOut({ endSessionEndpoint, clientId }, tokens, others) {
  sessionStorage.setItem(KNOWN, "out");
  others.postMessage("");
  const here = location.origin + location.pathname;
  const address = new URL(endSessionEndpoint ?? here);
  const hint = tokens.end();
  if (endSessionEndpoint) {
    for (const [name, value] of Object.entries({
      client_id: clientId,
      post_logout_redirect_uri: here,
      ...(hint && hint.length <= LONGEST_HINT && { id_token_hint: hint }),
    })) {
      address.searchParams.set(name, value);
    }
  }
  location.assign(address);
}

/** @param {Oidc} oidc @param {Record<string, string>} body */
async function trade(oidc, body) {
  const response = await fetch(oidc.tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({ ...body, client_id: oidc.clientId, ...(oidc.resource && { resource: oidc.resource }) }),
    credentials: "omit",
    signal: AbortSignal.timeout(15_000),
  });
  const { ok, status } = response;
  // What the provider refuses stays refused; 408, 429 and what is above pass.
  if (!ok) throw new HubError(status < 408 ? "denied" : "unavailable", `token endpoint: ${status}`);
  return response.json();
}

/** The tokens of one person. */
export class Tokens {
  #oidc;
  #answer;
  /** One for all who ask meanwhile, because some providers let a refresh token be used once only. @type {Promise<void> | null} */
  #renewing = null;

  /** @param {Oidc} oidc @param {{access_token: string, id_token?: string, refresh_token?: string}} answer */
  constructor(oidc, answer) {
    this.#oidc = oidc;
    this.#answer = answer;
  }

  /** A token for the hub: the one that is said to be, else that which is for its audience, else the access token if it is a JWT. @param {{reason: string}} call */
  async get({ reason }) {
    if (reason !== "connect" || claims(this.#shown()).exp * 1000 <= Date.now()) {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = null;
      });
      await this.#renewing;
    }
    return this.#shown();
  }

  #shown() {
    const { access_token: access = "", id_token: id = "" } = this.#answer;
    const { token, audience, audienceClaim = "aud" } = this.#oidc;
    if (token === "access" || token === "id") return token === "id" ? id : access;
    const ours = [access, id].find((one) => audience && [claims(one)[audienceClaim]].flat().includes(audience));
    return ours ?? (access.split(".").length === 3 ? access : id);
  }

  /** Forgets them. @returns {string | undefined} the ID token: who is signed out */
  end() {
    const { id_token } = this.#answer;
    this.#answer = { access_token: "" };
    return id_token;
  }

  async #renew() {
    const refresh = this.#answer.refresh_token;
    if (!refresh) throw new HubError("denied", "The sign-in is over");
    this.#answer = { ...this.#answer, ...(await trade(this.#oidc, { grant_type: "refresh_token", refresh_token: refresh })) };
  }
}
