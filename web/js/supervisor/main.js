/** @import {View} from "./filters.js" */
/** @import {FeedEvent} from "../sdk/protocol.d.ts" */
import { subscribe } from "../sdk/feed.js";
import { HubClient } from "../sdk/hub-client.js";
import { signIn, signOutButton } from "../ui/account.js";
import { h, text } from "../ui/h.js";
import { notify } from "../ui/notify.js";
import { chime } from "../ui/sound.js";
import { alertList } from "./alerts.js";
import { Api, repeat, search } from "./api.js";
import { bars, OTHERS } from "./bars.js";
import { all, choices } from "./choices.js";
import { download } from "./download.js";
import { FeedTable } from "./feed.js";
import { asked, readView, WINDOWS, windowStart, writeView } from "./filters.js";
import { complain, fault, lay, live, notices, place, showLive, sound, tryNow } from "./frame.js";
import { outcomeLabels, reason, reasonLabels, why } from "./labels.js";
import { agentPanel, reviewQueue, team } from "./people.js";
import { RateChart } from "./rate-chart.js";
import { note, speak } from "./spoken.js";
import { counters, topList } from "./stats.js";
import { clock, dayOf, percent, settings, shortOf, t, timeOf, words } from "./words.js";

const PAGE = 100;
const STATS_EVERY = 5000;
const PEOPLE_EVERY = 10_000;

let view = readView(location.search);
const account = await signIn(settings, { role: "supervisor", place, t: words });
// Who comes back from signing in comes back to the filters the address had before.
view = readView(location.search);
const api = new Api(account.token);
const hub = new HubClient({ getToken: account.token, tabs: "each", source: "supervisor", role: "supervisor" });
if (account.out) tryNow.after(signOutButton(account.out, words, () => hub));

/** Does what a person asked for, and says so if it failed. @param {() => Promise<void>} work */
async function act(work) {
  try {
    await work();
    fault.hidden = true;
    refreshPeople();
    return true;
  } catch (error) {
    complain(t("failed", { why: /** @type {Error} */ (error).message }));
    return false;
  }
}

const chosen = choices({ view: () => view, change });
const { selects, csv, searchBox, splits } = chosen;
/** The history of the current filter; the token goes in a header, so it cannot be a plain link. */
const exported = () => api.fetch(`/skips.csv${search({ ...asked(view), from: windowStart(view, hub.now()) })}`);
csv.addEventListener("click", () => act(() => download(csv, exported, () => hub.now())));

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
  more: () => {
    reviewsWanted = Math.min(1000, reviewsWanted + PAGE);
    loadReviews().catch(() => {});
  },
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
  acknowledge: async (list) => {
    await act(async () => {
      for (const [i, { id }] of list.entries()) {
        if (list.length > 1) live.say(t("acking", { i: i + 1, n: list.length }));
        await api.send("POST", `/alerts/${encodeURIComponent(id)}/ack`, {});
      }
    });
    await loadAlerts();
  },
});
const figures = counters(t, percent);
const chart = new RateChart();
const top = topList(t, percent, (agent) => change({ who: agent }));
const chartTitle = h("h2", null, t("chart"));

lay({
  filters: chosen.node,
  figures: figures.node,
  alerts: alerts.node,
  chart,
  chartTitle,
  splits,
  top: top.node,
  feed: feed.node,
  panel: panel.node,
  crew: crew.node,
  queue: queue.node,
});

// What the page knows.
let lastNews = 0;
let inReview = 0;
let reviewsWanted = PAGE;
let round = 0;
let statsDue = 0;
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
  chosen.show(view);
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
    complain(t("loadfailed"));
  }
}

async function loadOlder() {
  if (feed.growing) return;
  feed.growing = true;
  const mine = round;
  const { cursor } = feed;
  try {
    const { events, next } = await api.get("/skips", { ...asked(view), from: windowStart(view, hub.now()), limit: PAGE, cursor });
    subscription?.flush(); // what came meanwhile is on top before what is below
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
  const overMidnight = new Date(from).toDateString() !== new Date(hub.now()).toDateString();
  const list = bars(stats.perMinute, Date.parse(from), minutes);
  const title = minutes > 60 ? t("chartper", { n: list[0]?.minutes ?? 1 }) : t("chart");
  text(chartTitle, title);
  chart.draw(list, {
    label: title,
    words: { numbers: t("numbers"), from: t("from"), skips: t("skips"), ended: t("ended") },
    clock: (ms) => (overMidnight ? dayOf : shortOf).format(ms),
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
  const { reviews, next = "" } = await api.get("/reviews", { limit: reviewsWanted });
  queue.show(reviews, !next, inReview);
}

async function loadCampaigns() {
  const { campaigns } = await api.get("/campaigns");
  const sum = (/** @type {string} */ state) =>
    campaigns.reduce(
      (/** @type {number} */ n, /** @type {{counts?: Record<string, number>}} */ { counts }) => n + (counts?.[state] ?? 0),
      0,
    );
  inReview = sum("review");
  figures.campaigns(sum("reserved"), inReview);
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

/** @param {FeedEvent[]} events */
function onEvents(events) {
  feed.add(events);
  note(events);
  statsDue = Math.min(statsDue, Date.now() + STATS_EVERY);
  const alert = events.findLast(({ type }) => type === "alert");
  if (!alert) return;
  loadAlerts().catch(() => {});
  if (sound.on) chime();
  if (notices.on) notify(t("alerts"), { body: `${alert.campaign}: ${alert.note}`, tag: "alert" });
}

tryNow.addEventListener("click", () => hub.retry());
hub.on("*", () => {
  lastNews = Date.now();
});
hub.on("state", ({ state, cause, address }) => {
  showLive(hub.state.state, lastNews);
  if (cause === "blocked") complain(t("blocked", { address }));
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

apply({ ...view, who: "" });
hub.connect();
showLive(hub.state.state, lastNews);
loadStats();
repeat(refreshPeople, PEOPLE_EVERY);
repeat(loadAlerts, PEOPLE_EVERY);
statsDue = Date.now() + 60_000;
setInterval(() => {
  showLive(hub.state.state, lastNews);
  crew.refresh();
  speak();
  if (Date.now() < statsDue || document.hidden) return;
  statsDue = Date.now() + 60_000;
  loadStats();
}, 1000);
