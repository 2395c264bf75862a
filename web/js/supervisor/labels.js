/** @import {FeedEvent} from "../sdk/protocol.d.ts" */
import { t } from "./words.js";

/** @type {Map<string, string>} */
export const reasonLabels = new Map();
/** @type {Map<string, string>} */
export const outcomeLabels = new Map(Array.from({ length: 10 }, (_, id) => [String(id), t(`outcome.${id}`)]));
/** Why, in words: of a skip its reason, of a call how it ended. @param {FeedEvent} event */
export const why = ({ type, reason: id, note }) =>
  type === "alert" ? note : [type === "outcome" ? (outcomeLabels.get(id) ?? id) : reason(id), note].filter(Boolean).join(": ");
/** An id that nobody has told us the label of is still readable. @param {string} id */
export const reason = (id) => reasonLabels.get(id) ?? (id ? id.charAt(0).toUpperCase() + id.slice(1).replaceAll("_", " ") : "");
