/** @import {Contact, Hub} from "../sdk/protocol.d.ts" */
/** @import {AgentToolbar} from "./agent-toolbar.js" */
import { bridge } from "../sdk/bridge.js";
import { config } from "../ui/config.js";
import { translator } from "../ui/i18n.js";
import { notify } from "../ui/notify.js";
import { chime } from "../ui/sound.js";

/** What a desktop gets only if an attribute asks for it, and what no other has to load. */

/** Any page may write the attribute; only origins that the hub allows get a bridge. @param {AgentToolbar} toolbar @param {Hub} hub */
export async function joinBridge(toolbar, hub) {
  const { allowedOrigins } = await config();
  const wanted = (toolbar.getAttribute("bridge-origins") ?? "").split(/[\s,]+/);
  return bridge(hub, {
    mode: toolbar.getAttribute("bridge") === "commands" ? "commands" : "events",
    origins: wanted.filter((origin) => allowedOrigins.includes(origin)),
    pii: toolbar.hasAttribute("bridge-pii"),
  });
}

/** A contact came that nobody here asked for. The sentence names nobody: a desktop keeps what it was notified of. @param {AgentToolbar} toolbar @param {Contact} contact @param {string} language */
export async function announce(toolbar, { ContactId, CampaignId }, language) {
  if (toolbar.hasAttribute("sound")) chime();
  if (!toolbar.hasAttribute("notify")) return;
  const t = await translator(language, "extras.");
  notify(t("notify", { campaign: CampaignId }), { tag: ContactId });
}
