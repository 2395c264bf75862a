import { config } from "../ui/config.js";
import { known, translator } from "../ui/i18n.js";

const query = new URLSearchParams(location.search);
const language = known(query.get("lang") ?? "");
document.documentElement.lang = language;
export const [t, words, settings] = await Promise.all([translator(language, "supervisor."), translator(language, "page."), config()]);
const intl = language === "en-XA" ? "en" : language;
export const timeOf = new Intl.DateTimeFormat(intl, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const shortOf = new Intl.DateTimeFormat(intl, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const dayOf = new Intl.DateTimeFormat(intl, { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const share = new Intl.NumberFormat(intl, { style: "percent" });
export const percent = (/** @type {number} */ x) => share.format(x);
export const clock = (/** @type {string} */ iso) => (Number.isNaN(Date.parse(iso)) ? "" : shortOf.format(Date.parse(iso)));
