/** @import {Contact} from "../sdk/protocol.d.ts" */

/**
 * What the agent is doing, inside whatever the connection does. `held` is the hub's truth; `busy` is the one request under way; `note`
 * tells how the last contact went, with the `effect` of what was chosen and the text that was typed for it; and of a refusal what it is
 * `about`, its code and the request's id; of one by a rule, which and until when.
 *
 * @typedef {"" | "next" | "dial" | "skip" | "keep" | "outcome"} Action
 * @typedef {{key: string, name: string, tone: "ok" | "warn" | "danger" | "info", about?: string | undefined, rule?: string, opensAt?: string, effect?: string, draft?: string}} Note
 * @typedef {{held: Contact | null, busy: Action, effect: string, unsure: boolean, note: Note | null}} Work
 * @typedef {{type: "asked", what: Action, effect?: string} | {type: "unsure"} | {type: "answered"} | {type: "refused", code: string, about?: string, rule?: string, opensAt?: string}
 *   | {type: "truth", held: Contact | null, why: string, late?: boolean, draft?: string}} Happening
 */

/** @type {Work} */
export const idle = { held: null, busy: "", effect: "", unsure: false, note: null };

/** Why a contact left, by what the hub sent: the note to show. @type {Record<string, Note["tone"]>} */
const TONES = { skipped: "ok", saved: "ok", expired: "warn", withdrawn: "danger", supervisor: "info", gone: "warn" };

/** @param {string} number whose digits nobody is to read */
export const veiled = (number) => number.replace(/\d/g, "•");

/** @param {Contact | null} contact @param {boolean} [veil] */
export const nameOf = (contact, veil) => contact?.name || (veil ? veiled : String)(contact?.PhoneNumber ?? "");

/**
 * @param {Work} work
 * @param {Happening} event
 * @returns {Work}
 */
export function step(work, event) {
  /** @type {Work} */
  const done = { ...work, busy: "", unsure: false };
  switch (event.type) {
    case "asked":
      return { ...work, busy: event.what, effect: event.effect ?? "", unsure: false, note: null };
    case "unsure":
      return work.busy ? { ...work, unsure: true } : work;
    case "answered":
      return done;
    case "refused": {
      const { type: _, code, ...more } = event;
      // That there is nobody to dial is no fault.
      const none = work.busy === "next" && ["no_contacts", "contact_not_found"].includes(code);
      const key = none ? "none" : work.busy === "keep" && code === "not_allowed" ? "error.extend" : `error.${code}`;
      // What became of the contact says more than the refusal, if both arrive.
      return work.note ? done : { ...done, note: { key, name: nameOf(work.held), tone: none ? "info" : "warn", ...(!none && more) } };
    }
    case "truth": {
      const { held, draft } = event;
      // The answer under way will say why the contact has gone; until then it stays, frozen.
      if (work.unsure && work.held && !held && event.why === "gone" && (work.busy === "skip" || work.busy === "outcome")) return work;
      if (work.held && work.held.ContactId !== held?.ContactId) {
        const why = event.late && event.why === "gone" ? "expired" : event.why;
        const tone = TONES[why] ?? "info";
        const { effect } = work;
        // What was chosen is known to the tab that chose, and only if it came of that.
        const own = tone === "ok" ? effect && { effect } : draft && { draft };
        return { ...work, held, note: held ? null : { key: why, name: nameOf(work.held), tone, ...own } };
      }
      return { ...work, held, note: held && !work.held ? null : work.note };
    }
  }
}

/** @param {string} subtopic @param {any} message @returns {string} why a contact left with this message */
export function whyGone(subtopic, message) {
  if (subtopic.startsWith("Skip")) return "skipped";
  if (subtopic === "SetNonPEWCContactOutcomeResult") return "saved";
  return subtopic === "Released" && message.cause in TONES ? message.cause : "gone";
}

/** The phase that styles, tests and hosts see. @param {Work} work */
export function phase({ held, busy, note }) {
  if (busy === "next") return "fetching";
  if (held) {
    if (busy === "skip") return "skipping";
    return held.state === "dialled" ? "dialled" : busy === "dial" ? "dialling" : "reserved";
  }
  return note && note.key in TONES ? note.key : note?.key === "none" ? "none" : "idle";
}
