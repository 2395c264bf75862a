/**
 * The toolbar as a page in a frame, for desktops that cannot load a module. The page around it must be on the hub's list of allowed
 * origins; it hands in the token by postMessage when it is asked to, and takes part in the conversation if the address says
 * `bridge=events` or `bridge=commands`.
 */
import { config } from "../ui/config.js";
import "./agent-toolbar.js";

const query = new URLSearchParams(location.search);
const host = query.get("host") ?? "";
const { allowedOrigins } = await config();
const toolbar = /** @type {import("./agent-toolbar.js").AgentToolbar} */ (document.querySelector("agent-toolbar"));
for (const name of ["theme", "lang", "shortcuts"]) if (query.get(name)) toolbar.setAttribute(name, query.get(name) ?? "");

if (window.parent !== window && allowedOrigins.includes(host)) {
  const mode = query.get("bridge") ?? "off";
  toolbar.setAttribute("bridge", mode);
  toolbar.setAttribute("bridge-origins", host);
  toolbar.getToken = ({ reason, signal }) =>
    new Promise((resolve, reject) => {
      const listening = new AbortController();
      const end = (/** @type {() => void} */ then) => {
        listening.abort();
        then();
      };
      addEventListener(
        "message",
        ({ origin, source, data }) => {
          if (origin !== host || source !== window.parent || data?.subtopic !== "Token" || typeof data.token !== "string") return;
          end(() => resolve(data.token));
        },
        { signal: listening.signal },
      );
      signal.addEventListener("abort", () => end(() => reject(new Error("The host gave no token"))));
      window.parent.postMessage({ channel: "HUB", topic: "Session", subtopic: "TokenNeeded", reason }, host);
    });
  toolbar.connect();
}
