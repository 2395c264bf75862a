/** @typedef {{issuer: string, clientId: string, authorizationEndpoint: string, tokenEndpoint: string, endSessionEndpoint?: string, scope: string, resource?: string, token?: string, audience?: string, audienceClaim?: string}} Oidc */
/** @typedef {{tenant: string, demo: boolean, oidc: Oidc | null, fault: string, support: string, allowedOrigins: string[]}} Config */

/** @type {Promise<Config> | undefined} */
let loaded;

/** What the hub tells its pages; asked for once. From the hub that this module came from, wherever the page lives. @returns {Promise<Config>} */
export function config() {
  loaded ??= fetch(new URL("/config.json", import.meta.url)).then((response) => response.json());
  return loaded;
}
