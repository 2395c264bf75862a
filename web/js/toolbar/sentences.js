/** @import {Contact, StateEvent} from "../sdk/protocol.d.ts" */
/** @import {Translate} from "../ui/i18n.js" */
/** @import {Work} from "./machine.js" */
import { clock } from "./countdown.js";
import { nameOf } from "./machine.js";

/** @typedef {ReturnType<typeof sentences>} Sentences */

/**
 * What takes more than a word of the catalogue: times and amounts as the language writes them.
 *
 * @param {Translate} t
 * @param {string} language
 */
export function sentences(t, language) {
  const quiet = 3000; // a shorter loss of the connection is not spoken of
  /** @param {number} n @param {"minute" | "second"} unit */
  const amount = (n, unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(n);
  /** @param {number} ms @param {string} [timeZone] @param {Intl.DateTimeFormatOptions | false} [more] */
  const time = (ms, timeZone, more) => {
    try {
      return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone, ...more }).format(ms);
    } catch {
      return ""; // a zone that this browser does not know
    }
  };
  /** The key of a rule's own words: a list of them has the same for each. */
  const named = (rule = "") => `rule.${rule.replace(/\[.*/, "")}`;
  /** @param {string | undefined} key */
  const known = (key = "") => t(key) !== key;
  /** @param {Work} work */
  const unsure = ({ busy }) => t("unsure", { what: t(`what.${busy || "skip"}`) });
  return {
    amount,
    time,
    unsure,
    /** @param {number} ms */
    span: (ms) => (ms < 60_000 ? amount(Math.round(ms / 1000), "second") : clock(ms)),

    /** @param {Contact} held @param {number} now */
    facts({ timeZone, callableUntil, attempts = 0, state }, now) {
      const [there, until] = timeZone ? [time(now, timeZone), callableUntil && time(Date.parse(callableUntil), timeZone)] : [];
      return [
        there && t("time", { time: there }),
        until && t("until", { time: until }),
        t("attempt", { n: state === "dialled" ? attempts || 1 : attempts + 1 }),
        t("consent"),
      ]
        .filter(Boolean)
        .join(" · ");
    },

    /**
     * How the last contact went; or why something was refused, when it would not be, and what to do until then.
     *
     * @param {Work} work
     * @param {number} now
     * @param {string[]} campaigns
     * @param {boolean} [skips] whether the contact can be skipped
     */
    note({ note, held }, now, campaigns, skips = true) {
      const { key, name, rule, opensAt, effect, draft } = /** @type {import("./machine.js").Note} */ (note ?? { key: "idle", name: "" });
      const few = key === "none" && campaigns.length > 0 && campaigns.length < 4;
      const where = new Intl.ListFormat(language).format(campaigns);
      const zone = key === "error.outside_hours" && held?.timeZone;
      const there = zone && time(now, zone);
      const at = Date.parse(opensAt ?? "");
      const today = new Date(at).toDateString() === new Date(now).toDateString();
      const opens = time(at, undefined, !today && { weekday: "short", day: "numeric", month: "short" });
      return [
        there && "there",
        few ? "none.in" : [named(rule), rule && key.replace("error", "law"), `${key}.${effect}`, key].find(known) || "error.other",
        opens && "opens",
        draft && "draft",
        rule && skips && (at < Date.parse(held?.reservedUntil ?? "") ? "wait" : "leave"),
      ]
        .map((part) => part && t(part, { name, where, time: there, opens, draft }))
        .filter(Boolean)
        .join(" ");
    },

    /** The id of the rule that refuses, where it is none of the campaign's and has no words: somebody may ask which. @param {Work} work */
    law: ({ note }) => (!note?.rule || known(named(note.rule)) ? "" : ` (${note.rule})`),

    /**
     * What the line under the bar shows, and what of it is spoken: not the seconds, or each of them would be.
     *
     * @param {StateEvent} connection
     * @param {Work} work
     * @param {number} downFor
     * @param {string} overSince
     * @param {number} [kept] for how long the hub is known to keep a contact that is not dialled, ms; Infinity while it is there
     * @param {number} [grace] how long that was at first
     */
    line({ state, cause, retryAt, address }, work, downFor, overSince, kept = Infinity, grace = kept) {
      const { held } = work;
      let words = "";
      let spoken = "";
      if (work.unsure) words = unsure(work);
      else if (state === "denied") words = t(["signed_out", "outdated", "norole"].includes(cause) ? cause : "denied");
      else if (state === "superseded") words = t("superseded", { time: overSince });
      else if (cause === "blocked") words = t("blocked", { address });
      else if (downFor >= quiet || (downFor && kept <= 0)) {
        const s = Math.ceil((retryAt - Date.now()) / 1000);
        const moves = [state, cause].includes("draining") && kept === Infinity;
        const lost = t(moves ? "moving" : state === "offline" ? "offline" : "lost");
        const fate = (/** @type {number} */ ms) =>
          kept === Infinity ? "" : ` ${t(kept > 0 ? "kept" : "doubt", { name: nameOf(held, kept <= 0), s: Math.ceil(ms / 1000) })}`;
        // The seconds go by in sight; spoken of is how long it was at first.
        spoken = lost + fate(grace);
        words = (!moves && state !== "offline" && s > 0 ? t("retryin", { s }) : lost) + fate(kept);
      }
      return { words, spoken: spoken || words, tone: state === "denied" ? "danger" : "warn" };
    },
  };
}
