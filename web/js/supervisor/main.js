/** @import {View} from "./filters.js" */
/** @import {FeedEvent} from "../sdk/protocol.d.ts" */
import { subscribe } from "../sdk/feed.js";
import { HubClient } from "../sdk/hub-client.js";
import { signIn } from "../ui/account.js";
import { config } from "../ui/config.js";
import { h, svg, text } from "../ui/h.js";
import { known, translator } from "../ui/i18n.js";
import { liveRegions } from "../ui/live.js";
import { askToNotify, notify } from "../ui/notify.js";
import { chime } from "../ui/sound.js";
import { toggleTheme } from "../ui/theme.js";
import { toggle } from "../ui/toggle.js";
import { alertList } from "./alerts.js";
import { Api, search } from "./api.js";
import { FeedTable } from "./feed.js";
import { asked, readView, SPLITS, WINDOWS, windowStart, writeView } from "./filters.js";
import { agentPanel, reviewQueue, team } from "./people.js";
import { bars, OTHERS, RateChart } from "./rate-chart.js";
import { counters, topList } from "./stats.js";

const PAGE = 100;
const STATS_EVERY = 5000;
const PEOPLE_EVERY = 10_000;
const SPOKEN_EVERY = 15_000; // a screen reader that is told of every row tells nothing else

const query = new URLSearchParams(location.search);
const language = known(query.get("lang") ?? "");
document.documentElement.lang = language;
const app = /** @type {HTMLElement} */ (document.getElementById("app"));
const [t, words, settings] = await Promise.all([translator(language, "supervisor."), translator(language, "page."), config()]);
const intl = language === "en-XA" ? "en" : language;
const timeOf = new Intl.DateTimeFormat(intl, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const shortOf = new Intl.DateTimeFormat(intl, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const share = new Intl.NumberFormat(intl, { style: "percent" });
const percent = (/** @type {number} */ x) => share.format(x);
const clock = (/** @type {string} */ iso) => (Number.isNaN(Date.parse(iso)) ? "" : shortOf.format(Date.parse(iso)));

let view = readView(location.search);
const live = liveRegions();
const iconAddress = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]")).href;

// The frame of the page.
const shape = svg("path", { d: "M6 1a5 5 0 1 0 .01 0z" });
const liveText = h("span", null, t("live.connecting"));
const livePill = h(
  "span",
  { class: "pill num", "data-tone": "info", id: "live" },
  /** @type {any} */ (svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, shape)),
  liveText,
);
const tryNow = h("button", { type: "button", hidden: true, onclick: () => hub.retry() }, t("trynow"));
const lamp = svg(
  "svg",
  { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
  svg("path", { d: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z" }),
);
const fault = h("p", { class: "fault banner card", role: "alert", hidden: true });
const sound = toggle(t("sound"));
const notices = toggle(t("notices"), async () => {
  const allowed = await askToNotify();
  fault.hidden = allowed;
  text(fault, t("noticesblocked"));
  return allowed;
});
const spoken = toggle(t("spoken"));
const place = h("div");
app.append(
  h(
    "header",
    { class: "top" },
    h("div", { class: "brand" }, h("img", { src: iconAddress, alt: "" }), h("h1", null, t("title"))),
    settings.demo && h("span", { class: "pill", "data-tone": "info" }, t("demo")),
    h("span", { class: "spring" }),
    livePill,
    tryNow,
    sound.button,
    notices.button,
    spoken.button,
    h("button", { type: "button", class: "quiet", "aria-label": t("theme"), onclick: toggleTheme }, /** @type {any} */ (lamp)),
  ),
  place,
  ...live.nodes,
);
const account = await signIn(settings, { role: "supervisor", place, t: words });
// Who comes back from signing in comes back to the filters the address had before.
view = readView(location.search);
const api = new Api(account.token);
const hub = new HubClient({ getToken: account.token, tabs: "each", source: "supervisor" });

/** @type {Map<string, string>} */
const reasonLabels = new Map();
/** @type {Map<string, string>} */
const outcomeLabels = new Map(Array.from({ length: 10 }, (_, id) => [String(id), t(`outcome.${id}`)]));
/** Why, in words: of a skip its reason, of a call how it ended. @param {FeedEvent} event */
const why = ({ type, reason: id, note }) =>
  type === "alert" ? note : [type === "outcome" ? (outcomeLabels.get(id) ?? id) : reason(id), note].filter(Boolean).join(": ");
/** An id that nobody has told us the label of is still readable. @param {string} id */
const reason = (id) => reasonLabels.get(id) ?? (id ? id.charAt(0).toUpperCase() + id.slice(1).replaceAll("_", " ") : "");

/** Does what a person asked for, and says so if it failed. @param {() => Promise<void>} work */
async function act(work) {
  try {
    await work();
    fault.hidden = true;
    refreshPeople();
    return true;
  } catch (error) {
    fault.hidden = false;
    text(fault, t("failed", { why: /** @type {Error} */ (error).message }));
    return false;
  }
}

// Filters.
/** @param {string} name @param {string[][]} options */
function select(name, options) {
  const control = h("select", { "data-filter": name });
  control.addEventListener("change", () => change({ [name]: control.value }));
  const wrap = h("label", null, h("span", null, t(name)), control);
  return { wrap, control, set: (/** @type {string[][]} */ list) => fill(control, list, name), options };
}
/** Keeps what is chosen, known or not. @param {HTMLSelectElement} control @param {string[][]} list @param {string} name */
function fill(control, list, name) {
  const chosen = String(view[/** @type {keyof View} */ (name)] ?? "");
  if (chosen && !list.some(([value]) => value === chosen)) list = [...list, [chosen, chosen]];
  const signature = JSON.stringify(list);
  if (control.dataset.options !== signature) {
    control.dataset.options = signature;
    control.replaceChildren(...list.map(([value = "", label = value]) => h("option", { value }, label)));
  }
  control.value = chosen;
}
const all = ["", t("all")];
const types = ["skip", "skip_close", "reserve", "dial", "outcome", "expire", "release", "review", "block", "unblock", "alert"].map((id) => [
  id,
  t(`type.${id}`),
]);
const selects = {
  campaign: select("campaign", [all]),
  agent: select("agent", [all]),
  reason: select("reason", [all]),
  type: select("type", [all, ...types]),
  last: select(
    "last",
    Object.keys(WINDOWS).map((id) => [id, t(`last.${id}`)]),
  ),
};
const searchBox = h("input", { type: "search", "aria-keyshortcuts": "/", placeholder: "/" });
searchBox.addEventListener("input", () => change({ q: searchBox.value }, true));
const clear = h(
  "button",
  { type: "button", class: "quiet", onclick: () => change({ campaign: "", agent: "", reason: "", type: "", q: "" }) },
  t("clear"),
);
const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => change({ paused: !view.paused }, true) });
const copy = h("button", { type: "button" }, t("copylink"));
copy.addEventListener("click", async () => {
  await navigator.clipboard?.writeText(location.href);
  live.say(t("copied"));
  text(copy, t("copied"));
  setTimeout(() => text(copy, t("copylink")), 2000);
});
const csv = h("button", { type: "button" }, t("csv"));
csv.addEventListener("click", () => act(download));

/** The history of the current filter; the token goes in a header, so it cannot be a plain link. */
async function download() {
  if (csv.getAttribute("aria-disabled") === "true") return;
  csv.setAttribute("aria-disabled", "true");
  text(csv, t("csvbusy"));
  try {
    const response = await api.fetch(`/skips.csv${search({ ...asked(view), from: windowStart(view, hub.now()) })}`);
    const address = URL.createObjectURL(await response.blob());
    h("a", { href: address, download: `skips-${new Date(hub.now()).toISOString().slice(0, 16).replace(":", "")}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } finally {
    csv.setAttribute("aria-disabled", "false");
    text(csv, t("csv"));
  }
}

// The parts.
const feed = new FeedTable({
  t,
  clock: (ms) => timeOf.format(ms),
  why,
  onOpen: (agent) => change({ who: agent }),
  onResume: () => change({ paused: false }, true),
  onOlder: () => act(loadOlder),
  onReload: () => loadFeed(),
});
const people = { t, clock, now: () => hub.now(), reason, act };
const agentPath = (/** @type {string} */ agent) => `/agents/${encodeURIComponent(agent)}`;
const crew = team({
  ...people,
  open: (agent) => change({ who: agent }),
  takeBack: (agent) => api.send("DELETE", `${agentPath(agent)}/reservation`),
  signOut: (agent) => api.send("DELETE", `${agentPath(agent)}/session`),
});
const queue = reviewQueue({
  ...people,
  decide: async (contact, decision, note) => {
    await api.send("POST", `/contacts/${encodeURIComponent(contact)}/review`, { decision, ...(note && { note }) });
    live.say(t("decided"));
  },
});
const panel = agentPanel({ ...people, why, close: () => change({ who: "" }) });
const alerts = alertList({
  t,
  clock,
  percent,
  see: ({ agent, campaign }) => (agent ? change({ who: agent, agent }) : change({ campaign })),
  acknowledge: async ({ id }) => {
    await act(() => api.send("POST", `/alerts/${encodeURIComponent(id)}/ack`, {}));
    await loadAlerts();
  },
});
const figures = counters(t, percent);
const chart = new RateChart();
const top = topList(t, percent, (agent) => change({ who: agent }));
const chartTitle = h("h2", null, t("chart"));
const splits = ["", ...SPLITS].map((by) =>
  h("button", { type: "button", value: by, onclick: () => change({ by }) }, t(`by.${by || "all"}`)),
);

app.prepend(h("a", { class: "skip-link", href: "#feed" }, t("skiplink")));
place.replaceWith(
  h(
    "main",
    null,
    h(
      "section",
      { class: "filters card", "aria-label": t("filters") },
      ...Object.values(selects).map(({ wrap }) => wrap),
      h("label", { class: "search" }, h("span", null, t("search")), searchBox),
      h("div", { class: "acts" }, pause, copy, csv, clear),
    ),
    fault,
    figures.node,
    alerts.node,
    h(
      "div",
      { class: "two" },
      h(
        "section",
        { class: "card pad", "aria-label": t("chart") },
        h("div", { class: "chart-head" }, chartTitle, h("div", { class: "tabs", role: "group", "aria-label": t("splitby") }, ...splits)),
        chart,
      ),
      h("section", { class: "card pad", "aria-label": t("top") }, h("h2", null, t("top")), top.node),
    ),
    h(
      "div",
      { class: "with-panel" },
      h(
        "section",
        { class: "card", id: "feed", tabIndex: -1, "aria-label": t("feed") },
        h("div", { class: "pad head" }, h("h2", null, t("feed"))),
        feed.node,
      ),
      panel.node,
    ),
    h(
      "div",
      { class: "two" },
      h("section", { class: "card pad", "aria-label": t("team") }, h("h2", null, t("team")), crew.node),
      h("section", { class: "card pad", "aria-label": t("reviews") }, h("h2", null, t("reviews")), queue.node),
    ),
  ),
);

// What the page knows.
let round = 0;
let lastNews = 0;
let statsDue = 0;
let spokenAt = 0;
/** @type {Map<string, number>} skips by agent that were not spoken of yet */
const unspoken = new Map();
/** @type {import("./stats.js").Stats | null} */
let stats = null;
/** @type {import("../sdk/protocol.d.ts").Feed | null} */
let subscription = null;
/** @type {FeedEvent[]} the agent panel's */
let shown = [];
/** @type {Element | null} what had the focus before the panel */
let opener = null;
/** @type {Set<string>} */
const agentsSeen = new Set();

/** One way for every choice: the address first, then what follows from it. @param {Partial<View>} some @param {boolean} [quiet] no entry in the history */
function change(some, quiet = false) {
  const before = view;
  view = { ...view, ...some };
  const address = writeView(view) + location.hash;
  if (address !== writeView(before) + location.hash) history[quiet ? "replaceState" : "pushState"](null, "", address);
  apply(before);
}

/** @param {View} before */
function apply(before) {
  for (const { set, options, control } of Object.values(selects)) set(/** @type {any} */ (control).list ?? options);
  if (searchBox.value !== view.q) searchBox.value = view.q;
  clear.hidden = !(view.campaign || view.agent || view.reason || view.type || view.q);
  pause.setAttribute("aria-pressed", String(view.paused));
  for (const button of splits) button.setAttribute("aria-pressed", String(button.value === view.by));
  text(pause, t(view.paused ? "resume" : "pause"));
  if (feed.paused && !view.paused) feed.trim();
  feed.paused = view.paused;
  feed.search(view.q);
  feed.flush();
  const filtered = JSON.stringify(asked(view)) !== JSON.stringify(asked(before));
  if (filtered) subscription?.update(asked(view));
  if (filtered || view.last !== before.last) loadFeed();
  if (view.last !== before.last || view.campaign !== before.campaign) statsDue = 0;
  if (view.by !== before.by) loadStats();
  if (view.who !== before.who) openPanel(before.who);
}

async function loadFeed() {
  const mine = ++round;
  feed.loading();
  try {
    const { events, next } = await api.get("/skips", { ...asked(view), from: windowStart(view, hub.now()), limit: PAGE });
    if (mine !== round) return;
    feed.replace(events, next ?? "");
    fault.hidden = true;
  } catch {
    if (mine !== round) return;
    feed.loaded();
    fault.hidden = false;
    text(fault, t("loadfailed"));
  }
}

async function loadOlder() {
  if (feed.growing) return;
  feed.growing = true;
  const mine = round;
  const { cursor } = feed;
  try {
    const { events, next } = await api.get("/skips", { ...asked(view), from: windowStart(view, hub.now()), limit: PAGE, cursor });
    if (mine === round) feed.append(events, next ?? "");
  } finally {
    feed.growing = false;
  }
}

async function loadStats() {
  const from = windowStart(view, hub.now());
  const { by, campaign } = view;
  try {
    const answer = await api.get("/skips/stats", { from, by, campaign });
    if (by !== view.by) return; // chosen otherwise meanwhile; that answer is under way
    stats = answer;
  } catch {
    return; // the figures keep their age; the next turn tries again
  }
  if (!stats) return;
  const minutes = WINDOWS[/** @type {keyof typeof WINDOWS} */ (view.last)];
  const list = bars(stats.perMinute, Date.parse(from), minutes);
  const title = minutes > 60 ? t("chartper", { n: list[0]?.minutes ?? 1 }) : t("chart");
  text(chartTitle, title);
  chart.draw(list, {
    label: title,
    words: { numbers: t("numbers"), from: t("from"), skips: t("skips"), ended: t("ended") },
    clock: (ms) => shortOf.format(ms),
    part: (id) => (id === OTHERS ? t("others") : by === "campaign" ? id : reason(id) || t("noreason")),
  });
  figures.stats(stats, hub.now(), t(`last.${view.last}`));
  top.show(stats);
  showPanel();
  for (const { agent } of stats.agents) agentsSeen.add(agent);
  for (const entry of stats.reasons)
    if (entry.reason && !reasonLabels.has(entry.reason)) reasonLabels.set(entry.reason, reason(entry.reason));
  listChoices();
}

function listChoices() {
  const sorted = (/** @type {Iterable<string>} */ ids) => [...ids].sort().map((id) => [id, id]);
  setChoices("agent", [all, ...sorted(agentsSeen)]);
  setChoices("reason", [all, ...[...reasonLabels].sort((a, b) => a[1].localeCompare(b[1]))]);
}

/** @param {"campaign" | "agent" | "reason"} name @param {string[][]} list */
function setChoices(name, list) {
  /** @type {any} */ (selects[name].control).list = list;
  selects[name].set(list);
}

async function loadAlerts() {
  const { alerts: list } = await api.get("/alerts");
  alerts.show(list);
}

/** Each by itself: what one of them cannot tell is no reason to hide the others. */
function refreshPeople() {
  return Promise.allSettled([loadTeam(), loadReviews(), loadCampaigns()]);
}

async function loadTeam() {
  const { agents } = await api.get("/agents");
  crew.show(agents);
  figures.agents(agents.length);
  for (const { agent } of agents) agentsSeen.add(agent);
  listChoices();
}

async function loadReviews() {
  const { reviews } = await api.get("/reviews");
  queue.show(reviews);
}

async function loadCampaigns() {
  const { campaigns } = await api.get("/campaigns");
  const sum = (/** @type {string} */ state) =>
    campaigns.reduce(
      (/** @type {number} */ n, /** @type {{counts?: Record<string, number>}} */ { counts }) => n + (counts?.[state] ?? 0),
      0,
    );
  figures.campaigns(sum("reserved"), sum("review"));
  setChoices("campaign", [all, ...campaigns.map((/** @type {{campaignId: string}} */ { campaignId }) => [campaignId, campaignId])]);
}

/** @param {string} before */
async function openPanel(before) {
  const { who } = view;
  shown = [];
  if (panel.node.hidden) opener = document.activeElement;
  if (!who) {
    panel.hide();
    const row = opener?.matches("main button")
      ? opener
      : [...document.querySelectorAll("tbody button")].find((button) => button.getAttribute("aria-label") === t("open", { agent: before }));
    /** @type {HTMLElement | undefined} */ (row)?.focus();
    return;
  }
  await act(async () => {
    const { events } = await api.get("/skips", { agent: who, limit: 50 });
    if (view.who !== who) return; // somebody else was chosen meanwhile
    shown = events;
    showPanel();
  });
}

function showPanel() {
  if (view.who) panel.show(view.who, shown, stats?.reasons ?? []);
}

/** One sentence for all that is new, for who asked for it. */
function speak() {
  if (!spoken.on) return unspoken.clear();
  const now = Date.now();
  if (now - spokenAt < SPOKEN_EVERY) return;
  const most = [...unspoken].sort((a, b) => b[1] - a[1])[0];
  if (!most) return live.say("");
  const n = [...unspoken.values()].reduce((a, b) => a + b);
  live.say(t("news", { n, agent: most[0], most: most[1] }));
  unspoken.clear();
  spokenAt = now;
}

/** @param {FeedEvent[]} events */
function onEvents(events) {
  feed.add(events);
  for (const { type, agent } of events) if (spoken.on && type.startsWith("skip")) unspoken.set(agent, (unspoken.get(agent) ?? 0) + 1);
  statsDue = Math.min(statsDue, Date.now() + STATS_EVERY);
  const alert = events.findLast(({ type }) => type === "alert");
  if (!alert) return;
  loadAlerts().catch(() => {});
  if (sound.on) chime();
  if (notices.on) notify(t("alerts"), { body: `${alert.campaign}: ${alert.note}`, tag: "alert" });
}

// The truth about the connection: how old the last word of the hub is.
const TONES = { ready: "ok", draining: "info", connecting: "info", reconnecting: "warn", offline: "warn" };
function showLive() {
  const { state } = hub.state;
  const s = lastNews ? Math.round((Date.now() - lastNews) / 1000) : 0;
  livePill.dataset.tone = TONES[/** @type {keyof typeof TONES} */ (state)] ?? "danger";
  shape.setAttribute("d", ["ready", "draining", "connecting"].includes(state) ? "M6 1a5 5 0 1 0 .01 0z" : "M6 1l5.5 10H.5z");
  text(liveText, t(`live.${state}`, { s }));
  tryNow.hidden = !["reconnecting", "offline"].includes(state);
}

hub.on("*", () => {
  lastNews = Date.now();
});
hub.on("state", ({ state }) => {
  showLive();
  if (state !== "denied" && state !== "superseded") return;
  fault.hidden = false;
  fault.replaceChildren(t("denied.why"), " ", h("button", { type: "button", onclick: () => location.reload() }, t("signin")));
});
hub.on("snapshot", ({ skipReasons, outcomes }) => {
  for (const { id, label } of skipReasons ?? []) reasonLabels.set(id, label);
  for (const { id, label } of outcomes ?? []) outcomeLabels.set(String(id), label);
  listChoices();
});
subscription = subscribe(
  hub,
  { filter: asked(view) },
  {
    onEvents,
    onGap: (gap) => {
      feed.add([gap]);
      statsDue = 0;
    },
    onSubscribed: ({ recovered }) => {
      if (!recovered) loadFeed();
    },
  },
);

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.matches("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    searchBox.focus();
  } else if (event.key === " " && target === feed.node) {
    event.preventDefault();
    change({ paused: !view.paused }, true);
  }
});
addEventListener("popstate", () => {
  const before = view;
  view = readView(location.search);
  apply(before);
});

/** Repeats a reading that may fail; a hidden page does not ask. @param {() => Promise<unknown>} read @param {number} every */
function repeat(read, every) {
  const turn = () => (document.hidden ? undefined : read().catch(() => {}));
  turn();
  setInterval(turn, every);
}

apply({ ...view, who: "" });
hub.connect();
showLive();
loadStats();
repeat(refreshPeople, PEOPLE_EVERY);
repeat(loadAlerts, PEOPLE_EVERY);
statsDue = Date.now() + 60_000;
setInterval(() => {
  showLive();
  crew.refresh();
  speak();
  if (Date.now() < statsDue || document.hidden) return;
  statsDue = Date.now() + 60_000;
  loadStats();
}, 1000);
