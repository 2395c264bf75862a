import { claims } from "../sdk/connection.js";
import { HubClient, HubError } from "../sdk/hub-client.js";
import { known } from "../ui/i18n.js";
import { agentBar } from "./bar.js";
import { sheet } from "./style.js";

/** @type {AgentToolbar | null} the one that owns the document's keys */
let keeper = null;

/**
 * `<agent-toolbar>`: the agent's contact, and what can be done with it. Attributes: `token-url`, `theme`, `lang`, `shortcuts`, `bridge`,
 * `bridge-origins`, `tel`, `sound`, `notify`. A host without a token address sets `getToken` and calls `connect()`.
 */
export class AgentToolbar extends HTMLElement {
  static observedAttributes = ["lang", "shortcuts"];
  /** @type {HubClient | null} */
  hub = null;
  /** @type {((call: {reason: string, signal: AbortSignal}) => Promise<string>) | null} */
  getToken = null;
  #bar = agentBar(this, () => this.#signIn());
  /** @type {(() => void)[]} */
  #off = [];

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#bar.node);
  }

  connectedCallback() {
    keeper ??= this;
    document.addEventListener("keydown", this.#onKey);
    const clock = setInterval(this.#bar.tick, 250);
    this.#off.push(() => clearInterval(clock));
    this.#translate();
    this.#signIn();
  }

  disconnectedCallback() {
    if (keeper === this) keeper = null;
    document.removeEventListener("keydown", this.#onKey);
    for (const off of this.#off.splice(0)) off();
    this.hub?.close();
    this.hub = null;
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === "shortcuts") this.#bar.bind(this.getAttribute(name));
    if (this.isConnected) this.#translate();
  }

  /** @param {KeyboardEvent} event */
  #onKey = (event) => keeper === this && this.#bar.key(event);

  #translate() {
    this.#bar.translate(known(this.getAttribute("lang") || document.documentElement.lang));
  }

  /** If there is a way to a token. */
  #signIn() {
    if (this.getToken || this.getAttribute("token-url")) this.connect();
  }

  /** Signs in, with the token that `getToken` or `token-url` gives. */
  connect() {
    if (this.hub) return this.hub.connect();
    const hub = new HubClient({
      source: "agent-toolbar",
      role: "agent",
      getToken: async (call) => {
        const token = await (this.getToken ?? this.#fetchToken)(call);
        this.#bar.serve(claims(token).campaigns ?? []);
        return token;
      },
    });
    this.hub = hub;
    this.#off.push(
      ...this.#bar.follow(hub),
      hub.on("Reserved", () => this.#announce(hub)),
    );
    if (this.matches("[bridge=events],[bridge=commands]")) this.#bridge(hub);
    return hub.connect();
  }

  /** @param {{signal: AbortSignal}} call */
  #fetchToken = async ({ signal }) => {
    const response = await fetch(this.getAttribute("token-url") ?? "", { method: "POST", signal, credentials: "same-origin" });
    // 408, 429 and what is above pass; the others say that there will be no token.
    if (!response.ok) throw new HubError(response.status < 408 ? "denied" : "unavailable", `token: ${response.status}`);
    const body = await response.text();
    return body.startsWith("{") ? JSON.parse(body).token : body.trim();
  };

  /** @param {HubClient} hub */
  async #bridge(hub) {
    const { joinBridge } = await import("./extras.js");
    this.#off.push(await joinBridge(this, hub));
  }

  /** @param {HubClient} hub */
  async #announce({ snapshot }) {
    const held = snapshot?.reservation;
    if (!held || !this.matches("[sound],[notify]")) return;
    const { announce } = await import("./extras.js");
    announce(this, held, this.#bar.node.lang);
  }
}

if (!customElements.get("agent-toolbar")) customElements.define("agent-toolbar", AgentToolbar);
