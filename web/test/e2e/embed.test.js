/** The toolbar where it is meant to live: on a desktop of another origin, under a policy that forbids everything it can. */
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, beforeEach, test } from "node:test";
import {
  api,
  browser,
  cleanUp,
  fakeDesktop,
  load,
  open,
  sent,
  sign,
  startHost,
  startHub,
  startRedis,
  startRelay,
  toolbar,
  until,
} from "./lib.js";

let redis;
let relay;
let hub;
let host;
let chrome;
let context;

before(async () => {
  redis = await startRedis();
  relay = await startRelay(null);
  host = await startHost(relay.url);
  hub = await start();
  relay.target = hub.port;
  await load(hub.url, 40);
  chrome = await browser();
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  Object.assign(host, { claims: {}, status: 200 });
  relay.target = hub.port;
  context = await chrome.newContext();
});
const start = (flags = []) =>
  startHub({
    redis,
    flags: [`--allowed-origins=${host.url}`, `--public-url=${relay.url}`, "--drain=6s", "--skip-delay=1s", "--grace=5m", ...flags],
  });

/** An agent of its own for each test, signed in. */
async function desktop(agent, how = {}) {
  const page = await open(context, `${host.url}/?agent=${agent}`, how);
  await page.evaluate((who) => document.querySelector("agent-toolbar").setAttribute("token-url", `/hub-token?agent=${who}`), agent);
  return { page, ...toolbar(page) };
}
const skipsOf = async (agent) => (await api(hub.url, sign("boss", "supervisor"), "GET", `/skips?agent=${agent}&type=skip`)).events;
const signedIn = async (agent) => {
  host.agent = agent;
  const desk = await desktop(agent);
  await desk.state("ready");
  return desk;
};

test("works under a strict policy with Trusted Types, styled, with nothing refused", async () => {
  const { page, button, phase, dialable } = await signedIn("csp1");
  await button(/Next contact/).click();
  await phase("reserved");
  await dialable();
  const colour = await button(/Dial/).evaluate(async (node) => {
    await Promise.allSettled(node.getAnimations().map((fade) => fade.finished)); // it fades in; half-way it is another colour
    return getComputedStyle(node).backgroundColor;
  });
  assert.equal(colour, "rgb(11, 87, 208)");
  assert.deepEqual(page.faults, []);
});

test("a module for an origin that is not allowed is blocked, and so is its socket", async () => {
  const stranger = await startHost(relay.url);
  const blocked = context.waitForEvent("requestfailed", (request) => request.url().includes("/embed/v1/agent-toolbar.js"));
  const page = await open(context, stranger.url, { errors: [] });
  await blocked;
  assert.equal(await page.evaluate(() => customElements.get("agent-toolbar") === undefined), true);
  const status = await new Promise((done) => {
    http
      .get(`${hub.url}/ws`, {
        headers: {
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
          "Sec-WebSocket-Protocol": "agenthub.v1",
          Authorization: `Bearer ${sign("csp1")}`,
          Origin: stranger.url,
        },
      })
      .on("response", (response) => done(response.statusCode));
  });
  assert.equal(status, 403);
});

test("a cut line freezes the actions, keeps the contact in sight, and comes back to it", async () => {
  const { page, bar, button, phase, state, status, text } = await signedIn("cut1");
  await button(/Next contact/).click();
  await phase("reserved");
  const name = await bar.locator("[part=name]").textContent();
  relay.target = null;
  relay.cut();
  await state("reconnecting");
  assert.equal(await button(/Skip/).getAttribute("aria-disabled"), "true");
  assert.equal(await button(/Dial/).getAttribute("aria-disabled"), "true");
  await bar
    .getByText(/Connection lost/)
    .first()
    .waitFor();
  assert.match(await text(), new RegExp(`${name} is kept for you for 1\\d\\d s`), "the lease is shorter than the grace");
  // While the line is still cut: as soon as it is not, the client may come back by itself and take the button away.
  const attempt = page.waitForRequest(/\/tickets$/);
  await bar.getByRole("button", { name: "Try now" }).click();
  await attempt;
  relay.target = hub.port;
  await state("ready");
  assert.equal(await bar.locator("[part=name]").textContent(), name);
  assert.equal(await button(/Skip/).getAttribute("aria-disabled"), "false");
  await until(async () => (await status()) === `Connected again. ${name} is still yours.`, "it is said");
  assert.deepEqual(page.faults, []);
});

test("a skip whose answer was lost is checked with the same id, and skips once", async () => {
  const { page, bar, button, phase } = await signedIn("lost1");
  await button(/Next contact/).click();
  await phase("reserved");
  await button(/Skip…/).click();
  await bar.getByRole("radio").first().check();
  relay.deafen();
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await until(async () => (await skipsOf("lost1")).length === 1, "the hub has skipped");
  relay.target = null;
  relay.cut();
  await bar
    .getByText(/We don't know yet if the skip was saved/)
    .first()
    .waitFor();
  relay.target = hub.port;
  await phase("skipped");
  const ids = new Set(sent(page, "SkipNonPEWCContact").map(({ requestId }) => requestId));
  assert.equal(ids.size, 1);
  assert.equal((await skipsOf("lost1")).length, 1);
});

test("a node that drains hands the agent over with the contact", async () => {
  const { page, bar, button, phase, state } = await signedIn("drain1");
  await button(/Next contact/).click();
  await phase("reserved");
  const name = await bar.locator("[part=name]").textContent();
  const second = await start();
  relay.target = second.port;
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket));
  await hub.stop("SIGTERM");
  hub = second;
  await state("ready");
  assert.ok(sockets.length >= 1, "moved to the other node");
  assert.equal(await bar.locator("[part=name]").textContent(), name);
  assert.equal(await bar.getAttribute("data-phase"), "reserved");
  await button(/Keep/).click();
  await until(() => sent(page, "Extend").length === 1, "one Extend");
  assert.deepEqual(page.faults, []);
});

test("a hub that was stopped and started again is found, and the contact with it", async () => {
  const { bar, button, phase, state } = await signedIn("restart1");
  await button(/Next contact/).click();
  await phase("reserved");
  const name = await bar.locator("[part=name]").textContent();
  relay.target = null;
  await hub.stop("SIGKILL");
  relay.cut();
  await state("reconnecting");
  hub = await start();
  relay.target = hub.port;
  await state("ready");
  assert.equal(await bar.locator("[part=name]").textContent(), name);
});

test("a contact that is withdrawn is taken from the screen and said to be", async () => {
  const { page, bar, button, phase } = await signedIn("withdrawn1");
  await button(/Next contact/).click();
  await phase("reserved");
  const id = await bar.evaluate((node) => node.hub.snapshot.reservation.ContactId);
  await api(hub.url, sign("loader", "campaign"), "DELETE", `/contacts/${id}`);
  await phase("withdrawn");
  assert.match(await bar.getByRole("alert").first().textContent(), /taken off the list/);
  assert.deepEqual(page.faults, []);
});

test("a contact that is reserved from outside appears by itself", async () => {
  const { bar, phase } = await signedIn("pushed1");
  await api(hub.url, sign("loader", "campaign"), "PUT", "/agents/pushed1/reservation", { campaignId: "spring" });
  await phase("reserved");
  assert.equal(
    await bar.getByRole("button", { name: /Dial/ }).evaluate((node) => node === node.getRootNode().activeElement),
    false,
    "Dial has no focus",
  );
});

test("beside a refusal stand its code and the request's id, for who asks", async () => {
  const { page, bar, button, phase } = await signedIn("refused1");
  await load(hub.url, 1, () => ({ contactId: "halted1", campaignId: "halted", phoneNumber: "+1 212 555 0199" }));
  await api(hub.url, sign("loader", "campaign"), "PUT", "/agents/refused1/reservation", { contactId: "halted1" });
  await phase("reserved");
  await api(hub.url, sign("loader", "campaign"), "PUT", "/campaigns/halted", { state: "paused" });
  await button(/Dial/).click();
  await bar.getByText("You are not allowed to do that.").first().waitFor();
  const code = bar.locator("details code");
  assert.equal(await code.isVisible(), false);
  await bar.getByText("Details").click();
  await code.waitFor();
  assert.equal(await code.textContent(), `not_allowed ${sent(page, "Dial")[0].requestId}`);
});

test("a contact that this page lost sight of comes back when Next is refused for it", async () => {
  const { bar, button, phase, dialable } = await signedIn("lost1");
  await button(/Next contact/).click();
  await phase("reserved");
  await dialable();
  await button(/Dial/).click();
  await phase("dialled");
  await bar.evaluate((node) => {
    node.hub.snapshot.reservation = null;
    return node.hub.request("GetAgentCallCount");
  });
  await button(/Next contact/).click();
  await phase("dialled");
  await button(/Outcome/).waitFor();
});

test("a desktop that has no token now is asked again, one that refuses it ends the session", async () => {
  host.status = 503;
  const { button, state } = await desktop("tokenless1");
  await state("connecting");
  const asked = host.tokens;
  await until(() => host.tokens > asked, "asked again");
  host.status = 401;
  await state("denied");
  host.status = 200;
  await button("Sign in").click();
  await state("ready");
});

test("where there is nobody to dial, the campaigns of a token that names some are named", async () => {
  host.claims = { campaigns: ["autumn", "winter"] };
  const { button, phase, status } = await signedIn("nobody1");
  await button(/Next contact/).click();
  await phase("none");
  assert.equal(await status(), "No contacts to dial in autumn and winter right now. Try again in a minute.");
});

test("who asked for it is notified of such a contact while they look elsewhere, and no name leaves the page", async () => {
  await context.addInitScript(fakeDesktop);
  const { page, bar, button, phase } = await signedIn("notified1");
  await bar.evaluate((node) => node.setAttribute("notify", ""));
  await button(/Next contact/).click();
  await phase("reserved");
  await until(() => page.evaluate(() => Notification.permission === "granted"), "the click asks for permission");
  assert.deepEqual(await page.evaluate(() => globalThis.told), [], "nothing is told of what the person asked for");
  await api(hub.url, sign("boss", "supervisor"), "DELETE", "/agents/notified1/reservation");
  await phase("supervisor");
  await api(hub.url, sign("loader", "campaign"), "PUT", "/agents/notified1/reservation", { campaignId: "spring" });
  await phase("reserved");
  await until(() => page.evaluate(() => globalThis.told.length), "the notification");
  assert.deepEqual(await page.evaluate(() => globalThis.told), ["A contact of spring is reserved for you."]);
});

test("a script cannot dial: not by click(), not by a made-up event", async () => {
  const { page, bar, button, phase, dialable, settled } = await signedIn("script1");
  await button(/Next contact/).click();
  await phase("reserved");
  await dialable();
  await bar.evaluate((node) => {
    const dial = node.shadowRoot.querySelector("[data-action=dial]");
    dial.click();
    dial.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true }));
    document.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyD", altKey: true, shiftKey: true, bubbles: true }));
  });
  await settled();
  assert.equal(sent(page, "Dial").length, 0);
  await button(/Dial/).click();
  await phase("dialled");
  assert.equal(sent(page, "Dial").length, 1);
});

test("the frame page takes its token from the host and speaks with it over the bridge", async () => {
  const framed = await startHost(relay.url, {
    frames: relay.url,
    module: "hub-client.js",
    body: "",
  });
  await hub.stop("SIGTERM");
  hub = await startHub({
    redis,
    flags: [`--allowed-origins=${host.url},${framed.url}`, `--public-url=${relay.url}`, "--skip-delay=1s"],
  });
  relay.target = hub.port;
  framed.script = `
    const hub = ${JSON.stringify(relay.url)};
    globalThis.heard = [];
    const frame = document.createElement("iframe");
    frame.title = "Agent toolbar";
    frame.src = hub + "/embed/toolbar?bridge=commands&host=" + encodeURIComponent(location.origin);
    addEventListener("message", async ({ origin, source, data }) => {
      if (origin !== hub || source !== frame.contentWindow) return;
      if (data.subtopic === "TokenNeeded") {
        const token = await (await fetch("/hub-token?agent=framed1", { method: "POST" })).text();
        source.postMessage({ channel: "HUB", topic: "Session", subtopic: "Token", token }, hub);
      } else heard.push(data);
    });
    document.querySelector("main").append(frame);
    globalThis.ask = (subtopic, data) => frame.contentWindow.postMessage({ channel: "LCM", topic: "WebService", subtopic, source: "crm", data }, hub);
  `;
  const page = await open(context, framed.url);
  const frame = page.frameLocator("iframe");
  await frame.locator('agent-toolbar[data-state="ready"]').waitFor();
  await page.evaluate(() => globalThis.ask("GetContactOD", { UserID: "framed1" }));
  await until(() => page.evaluate(() => globalThis.heard.length > 0), "an answer on the bus");
  const [answer] = await page.evaluate(() => globalThis.heard);
  assert.equal(answer.subtopic, "ContactOD");
  assert.match(answer.message.response.PhoneNumber, /^\+1 212 555/);
  assert.deepEqual(Object.keys(answer).sort(), ["channel", "message", "subtopic", "topic"], "nothing of ours in it");
  assert.equal("reservedUntil" in answer.message.response, false);
  await page.evaluate(() => {
    globalThis.ask("Dial", { ContactId: "c1" });
    globalThis.ask("GetAgentCallCount", {});
  });
  await until(() => sent(page, "GetAgentCallCount").length, "what was asked after it");
  assert.equal(sent(page, "Dial").length, 0, "Dial never passes the bridge");
});

test("a desktop that speaks the vendor's messages is connected by the shim, one answer for one skip in three tabs", async () => {
  host.script = `
    import { connectLcm } from ${JSON.stringify(`${relay.url}/embed/v1/lcm-shim.js`)};
    globalThis.lcm = await connectLcm({
      mode: "commands",
      getToken: async () => (await fetch("/hub-token?agent=shim1", { method: "POST" })).text(),
    });
    globalThis.bus = new BroadcastChannel("LCM");
    globalThis.heard = [];
    bus.onmessage = ({ data }) => heard.push(data);
  `;
  const pages = [];
  for (let i = 0; i < 3; i++) pages.push(await open(context, `${host.url}/?agent=none`));
  host.script = "";
  for (const page of pages) await until(() => page.evaluate(() => globalThis.lcm?.hub.state.canWork), "the shim is connected");
  const ask = (subtopic) =>
    pages[2].evaluate(
      (name) => globalThis.bus.postMessage({ channel: "LCM", topic: "WebService", subtopic: name, data: { userID: "shim1" } }),
      subtopic,
    );
  await ask("GetContactOD");
  await until(() => pages[2].evaluate(() => globalThis.heard.some(({ subtopic }) => subtopic === "ContactOD")), "ContactOD on the bus");
  const contact = await pages[2].evaluate(() => globalThis.heard.find(({ subtopic }) => subtopic === "ContactOD"));
  assert.match(contact.message.response.PhoneNumber, /•/, "a channel that every script hears never has the number");
  await ask("SkipNonPEWCContact");
  await until(
    () => pages[2].evaluate(() => globalThis.heard.some(({ subtopic }) => subtopic.startsWith("Skip") && subtopic.endsWith("Result"))),
    "the answer",
  );
  const frames = pages.flatMap((page) => sent(page, "SkipNonPEWCContact"));
  assert.equal(frames.length, 1);
});
