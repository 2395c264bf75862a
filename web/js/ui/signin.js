/** @import {Oidc} from "./config.js" */
import { claims } from "../sdk/connection.js";
import { HubError } from "../sdk/hub-error.js";

/**
 * Signs a person in and keeps the tokens in memory only: a reload asks the provider again, which still knows the person. The verifier
 * and what the address looked like wait in sessionStorage while the browser is at the provider; neither is worth anything alone.
 */

const STORE = "agenthub.signin";

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
  if (query.has("error")) throw new Error(query.get("error") ?? "");
  return new Tokens(
    oidc,
    await trade(oidc, { grant_type: "authorization_code", code: query.get("code") ?? "", redirect_uri: redirect, code_verifier: verifier }),
  );
}

/** @param {Oidc} oidc @param {Record<string, string>} body */
async function trade(oidc, body) {
  const response = await fetch(oidc.tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({ ...body, client_id: oidc.clientId }),
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
    if (reason !== "connect") {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = null;
      });
      await this.#renewing;
    }
    const { access_token: access = "", id_token: id = "" } = this.#answer;
    const { token, audience, audienceClaim = "aud" } = this.#oidc;
    if (token === "access" || token === "id") return token === "id" ? id : access;
    const ours = [access, id].find((one) => audience && [claims(one)[audienceClaim]].flat().includes(audience));
    return ours ?? (access.split(".").length === 3 ? access : id);
  }

  async #renew() {
    const refresh = this.#answer.refresh_token;
    if (!refresh) throw new HubError("denied", "The sign-in is over");
    this.#answer = { ...this.#answer, ...(await trade(this.#oidc, { grant_type: "refresh_token", refresh_token: refresh })) };
  }
}
