/** Signing in at real providers: `make providers` brings oidc-provider and Dex, and docs/integration.md says how they are set up. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, cleanUp, load, open, sent, startHub, startRedis, toolbar, until } from "../e2e/lib.js";
import { addresses, flagsOf, newKey, signInAs, startDex, startOidcProvider } from "./lib.js";

let chrome;
let redis;

before(async () => {
  redis = await startRedis();
  const office = await startHub({ redis }); // takes the tokens of a secret, for the list
  await load(office.url, 20);
  await office.stop();
  chrome = await browser();
});
after(cleanUp);

/** The hub as the example says, in English, at the button that leads to the provider. */
async function desk(heading, at, context) {
  const hub = await startHub({ redis, port: at.hub, flags: flagsOf(heading, at) });
  const page = await open(context ?? (await chrome.newContext()), `${hub.url}/?lang=en`);
  return { hub, page, bar: toolbar(page), enter: page.getByRole("button", { name: "Sign in" }) };
}

/** One contact, taken and skipped. */
async function work({ bar, button, state, phase }) {
  await state("ready");
  await button(/Next contact/).click();
  await phase("reserved");
  await button(/Skip…/).click();
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await phase("skipped");
}

/** How often a provider did something. */
const times = (provider, what) =>
  provider
    .log()
    .split("\n")
    .filter((line) => line.startsWith(what)).length;

test("oidc-provider: agent and supervisor by their groups, renewal with a rotating refresh token", { timeout: 600_000 }, async (t) => {
  const at = await addresses();
  const provider = await startOidcProvider(t, at, { life: 30 });
  const { page, bar, enter } = await desk("oidc-provider", at);
  await enter.click();
  await signInAs(page, "jane");
  await work(bar);
  for (let round = 1; round <= 2; round++) {
    await until(() => sent(page, "RefreshToken").length >= round, `renewal ${round}`);
    await bar.settled();
  }
  await bar.state("ready");
  assert.ok(times(provider, "grant.success refresh_token") >= 2, provider.log());
  assert.equal(times(provider, "grant.error"), 0, provider.log());
  await page.reload();
  await bar.state("ready"); // nobody was asked anything
  assert.deepEqual(page.faults, []);

  const lead = await open(await chrome.newContext(), `${at.of(at.hub)}/supervisor?lang=en`);
  await lead.getByRole("button", { name: "Sign in" }).click();
  await signInAs(lead, "lee");
  await lead.locator("#live[data-tone=ok]").waitFor();

  const nobody = await open(await chrome.newContext(), `${at.of(at.hub)}/?lang=en`);
  await nobody.getByRole("button", { name: "Sign in" }).click();
  await signInAs(nobody, "kim");
  await nobody.getByText("Your account has no role here.").waitFor();
});

test("oidc-provider: signing out ends the provider's session too", { timeout: 600_000 }, async (t) => {
  const at = await addresses();
  const provider = await startOidcProvider(t, at);
  const { page, bar, enter } = await desk("oidc-provider", at);
  await enter.click();
  await signInAs(page, "jane");
  await bar.state("ready");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await page.getByText("You are signed out.").waitFor();
  assert.equal(times(provider, "end_session.success"), 1, provider.log());
  await enter.click();
  await signInAs(page, "lee"); // asked again who it is
  await page.getByText("Your account is no agent's.").waitFor();
});

test("oidc-provider: its keys are changed while the hub runs", { timeout: 600_000 }, async (t) => {
  const at = await addresses();
  const [old, fresh] = [newKey("old"), newKey("fresh")];
  const first = await startOidcProvider(t, at, { keys: [old] });
  const { page, bar, enter } = await desk("oidc-provider", at);
  await enter.click();
  await signInAs(page, "jane");
  await bar.state("ready");
  await first.stop();
  await startOidcProvider(t, at, { keys: [fresh, old] });
  const other = await open(await chrome.newContext(), `${at.of(at.hub)}/?lang=en`);
  await other.getByRole("button", { name: "Sign in" }).click();
  await signInAs(other, "jane");
  await work(toolbar(other));
  const token = await other.evaluate(() => document.querySelector("agent-toolbar").getToken({ reason: "connect" }));
  assert.equal(JSON.parse(Buffer.from(token.split(".")[0], "base64url").toString()).kid, "fresh");
});

test("oidc-provider: away when the hub starts", { timeout: 600_000 }, async (t) => {
  const at = await addresses();
  const { hub, page, bar, enter } = await desk("oidc-provider", at);
  await page.getByText("The provider does not answer.").waitFor();
  assert.match(await (await fetch(`${hub.url}/readyz`)).text(), /note: browsers cannot sign in: The provider does not answer\./);
  await startOidcProvider(t, at);
  await until(async () => (await (await fetch(`${hub.url}/config.json`)).json()).oidc, "the hub hears of the provider");
  await page.reload();
  await enter.click();
  await signInAs(page, "jane");
  await work(bar);
});

test("Dex: by the ID token, with the groups that its connector brings", { timeout: 600_000 }, async (t) => {
  const at = await addresses();
  const provider = await startOidcProvider(t, at);
  await startDex(t, at, { life: 30 });
  const context = await chrome.newContext();
  const { page, bar, enter } = await desk("Dex", at, context);
  await enter.click();
  await signInAs(page, "jane");
  await work(bar);
  for (let round = 1; round <= 2; round++) {
    await until(() => sent(page, "RefreshToken").length >= round, `renewal ${round}`);
    await bar.settled();
  }
  await bar.state("ready");
  assert.ok(times(provider, "grant.success refresh_token dex") >= 2, `Dex asks its connector: ${provider.log()}`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out here. Your organisation's sign-in may still know you").waitFor();
  assert.deepEqual(page.faults, []);
});
