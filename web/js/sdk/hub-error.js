/** What went wrong, in a form a program can branch on. Only `sent: false` proves that nothing happened. */
export class HubError extends Error {
  /** @override */
  name = "HubError";
  requestId = "";
  sent = false;
  retryable = false;
  retryAfter = 0;
  rule = "";
  opensAt = "";

  /**
   * @param {string} code as in the protocol, or `offline`, `timeout`, `aborted`, `denied`
   * @param {string} message
   * @param {{requestId?: string, sent?: boolean, retryable?: boolean, retryAfter?: number, rule?: string, opensAt?: string, cause?: string}} [more]
   */
  constructor(code, message, more) {
    super(message);
    this.code = code;
    Object.assign(this, more);
  }
}

/** A UUID of version 7: sorts by time in a log. Not crypto.randomUUID, which insecure contexts do not have. */
export function requestId() {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const hex = `${Date.now().toString(16).padStart(12, "0")}7${random.slice(0, 3)}8${random.slice(5)}`;
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
