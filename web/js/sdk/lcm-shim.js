/** @import {BridgeOptions} from "./bridge.js" */
/** @import {HubClientOptions} from "./protocol.d.ts" */
import { bridge } from "./bridge.js";
import { HubClient } from "./hub-client.js";

/**
 * Connects an existing desktop that speaks the vendor's messages on a bus inside the browser, without our toolbar. The page decides what
 * may pass: nothing comes in unless `mode` is `commands`.
 *
 *     import { connectLcm } from "https://hub.example/embed/v1/lcm-shim.js";
 *     const lcm = await connectLcm({ getToken, mode: "commands" });
 *     lcm.subscribe("ContactOD", (envelope) => …);
 *     lcm.publish({ channel: "LCM", topic: "WebService", subtopic: "GetContactOD", data: { UserID: "agent1" } });
 *
 * @param {Pick<HubClientOptions, "getToken" | "tabs"> & Partial<BridgeOptions>} options
 */
export async function connectLcm({ getToken, tabs = "leader", mode = "events", ...rest }) {
  const hub = new HubClient({ getToken, tabs, source: "lcm-shim", role: "agent" });
  const end = bridge(hub, { mode, ...rest });
  await hub.connect();
  return {
    hub,
    /** Sends a request as the desktop's bus would. @param {import("./protocol.d.ts").Envelope} envelope */
    publish: ({ subtopic, data }) => hub.request(subtopic, { ...data }),
    /** @param {string} subtopic or `*` @param {(envelope: any) => void} listener */
    subscribe: (subtopic, listener) => hub.on(subtopic, listener),
    close() {
      end();
      hub.close();
    },
  };
}
