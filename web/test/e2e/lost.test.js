/** What the agent is told of a contact in hand when the network is gone, after a reload, and of what was chosen. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { api, browser, cleanUp, load, open, sign, startHost, startHub, startRedis, startRelay, toolbar, until } from "./lib.js";

let hub;
let host;
let relay;
let chrome;
let context;

before(async () => {
  const redis = await startRedis();
  relay = await startRelay(null);
  host = await startHost(relay.url, { body: `<agent-toolbar token-url="/hub-token" tel></agent-toolbar>` });
  hub = await startHub({
    redis,
    flags: [`--allowed-origins=${host.url}`, `--public-url=${relay.url}`, "--grace=6s", "--skip-delay=1s", "--reservation-ttl=25s"],
  });
  await api(hub.url, sign("boss", "campaign"), "PUT", "/campaigns/spring", {
    skipReasons: [
      { id: "later", label: "Not now" },
      { id: "told", label: "Something else", needsNote: true },
      { id: "never", label: "Asked not to be called", suppresses: true },
    ],
  });
  await load(hub.url, 12);
  chrome = await browser();
});
after(cleanUp);
beforeEach(async () => {
  await context?.close();
  relay.target = hub.port;
  context = await chrome.newContext();
});

async function reserved(agent) {
  host.agent = agent;
  const page = await open(context, host.url);
  const work = { page, ...toolbar(page) };
  await work.state("ready");
  await work.button(/Next contact/).click();
  await work.phase("reserved");
  await work.dialable();
  return work;
}
const skip = async ({ bar, button }, reason, note = "") => {
  await button(/Skip…/).click();
  await bar.getByRole("radio", { name: reason }).check();
  if (note) await bar.getByRole("textbox", { name: "Note" }).fill(note);
  await bar.getByRole("button", { name: /Skip contact/ }).click();
};

test("the network goes: kept for the hub's grace, then in doubt and veiled; another agent has it; back on line nobody says it is held", async () => {
  const work = await reserved("agent1");
  const { bar, text } = work;
  const name = await bar.locator("[part=name]").textContent();
  const number = await bar.locator("[part=number]").textContent();
  relay.target = null;
  relay.cut();
  await bar
    .getByText(new RegExp(`${name} is kept for you for [1-6] s`))
    .first()
    .waitFor();
  assert.equal(await bar.locator("[part=number]").textContent(), number);
  await bar.getByText(`${name} may be gone: do not dial.`).first().waitFor();
  assert.equal(await bar.locator("[part=number]").textContent(), number.replace(/\d/g, "•"));
  assert.equal(await work.button(/Dial/).getAttribute("aria-disabled"), "true");
  assert.equal(await bar.evaluate((node) => node.hasAttribute("data-doubt")), true);
  assert.equal((await text()).includes(number), false);
  const shot = process.env.SHOTS;
  if (shot) await work.page.screenshot({ path: `${shot}/doubt.png` });
  relay.target = hub.port;
  await work.state("ready");
  await until(async () => (await bar.getAttribute("data-phase")) !== "reserved", "the contact has gone");
  assert.equal(await bar.evaluate((node) => node.hasAttribute("data-doubt")), false);
});

test("a skip says what comes of it: back to the campaign, or blocked", async () => {
  const work = await reserved("agent2");
  await skip(work, /Not now/);
  await work.phase("skipped");
  assert.match(await work.status(), /goes back to the campaign/);
  await work.bar.locator('[data-action=next][aria-disabled="false"]').waitFor();
  await work.button(/Next contact/).click();
  await work.phase("reserved");
  await skip(work, /Asked not to be called/);
  await work.phase("skipped");
  assert.match(await work.status(), /is blocked: nobody calls this number again/);
});

test("the digits and keys that are written beside a choice are in no name", async () => {
  const work = await reserved("agent2");
  await work.button(/Skip…/).click();
  for (const name of ["Not now", "Asked not to be called blocks this number"])
    await work.bar.getByRole("radio", { name, exact: true }).waitFor();
  for (const name of ["Skip contact", "Keep contact", "Dial", "Skip…", "Keep"])
    await work.bar.getByRole("button", { name, exact: true }).waitFor();
  await work.bar.getByRole("radio", { name: "Not now", exact: true }).check();
  await work.bar.getByRole("button", { name: "Skip contact", exact: true }).click();
  await work.phase("skipped");
});

test("a note that is being typed when the time runs out is there to be used", async () => {
  const work = await reserved("agent3");
  await work.button(/Skip…/).click();
  await work.bar.getByRole("radio", { name: /Something else/ }).check();
  await work.bar.getByRole("textbox", { name: "Note" }).fill("moves on Tuesday");
  await work.phase("expired");
  assert.match(await work.text(), /Your note: “moves on Tuesday”/);
});

test("a reload in a call: its time and its attempt go on, and nobody is announced as being dialled", async () => {
  const work = await reserved("agent4");
  await work.button(/Dial/).click();
  await work.phase("dialled");
  const timer = work.bar.getByRole("timer");
  await until(async () => /0:0[3-9]/.test(await timer.textContent()), "three seconds of the call");
  assert.match(await work.text(), /attempt 1/);
  await work.page.reload();
  await work.phase("dialled");
  assert.doesNotMatch(await timer.textContent(), /0:0[012]/);
  assert.match(await work.text(), /attempt 1/);
  assert.doesNotMatch(await work.status(), /Dialling/);
});

test("a hub with a secret and no provider says which flags are missing, and sends nobody anywhere", async () => {
  const page = await open(context, `${hub.url}/?lang=en`);
  await page.getByText("Whoever runs it names a provider with --issuer and --oidc-client-id.").waitFor();
  assert.equal(await page.getByText("You will be sent").count(), 0);
});
