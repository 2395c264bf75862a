/** The hub's HTTP interface, with the supervisor's token and nothing in any address but the question. */
export class Api {
  #token;

  /** @param {(call: {reason: string}) => Promise<string>} token */
  constructor(token) {
    this.#token = token;
  }

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   * @returns {Promise<Response>}
   */
  async fetch(path, init = {}) {
    for (const reason of ["connect", "refused"]) {
      const headers = { ...init.headers, Authorization: `Bearer ${await this.#token({ reason })}` };
      const response = await fetch(`/api/v1${path}`, { ...init, headers, signal: AbortSignal.timeout(30_000) });
      if (response.status === 401 && reason === "connect") continue;
      if (response.ok) return response;
      const problem = await response.json().catch(() => ({}));
      throw new Error(problem.detail ?? problem.title ?? `HTTP ${response.status}`);
    }
    throw new Error("HTTP 401");
  }

  /** @param {string} path @param {Record<string, string | number>} [query] @returns {Promise<any>} */
  async get(path, query = {}) {
    const response = await this.fetch(path + search(query));
    return response.json();
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async send(method, path, body) {
    const json = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    await this.fetch(path, { method, ...json });
  }
}

/** @param {Record<string, string | number>} query leaves out what is empty */
export function search(query) {
  const set = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== "") set.set(name, String(value));
  return set.size > 0 ? `?${set}` : "";
}

/** Repeats a reading that may fail; a hidden page does not ask. @param {() => Promise<unknown>} read @param {number} every */
export function repeat(read, every) {
  const turn = () => (document.hidden ? undefined : read().catch(() => {}));
  turn();
  setInterval(turn, every);
}
