/** Signing in for production, at a provider that lives in this test: authorization code with PKCE, nothing kept but in memory. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { after, before, test } from "node:test";
import { axe, browser, cleanUp, open, reflows, startHub, startRedis, toolbar, until } from "./lib.js";

const CLIENT = "agenthub-pages";
const AUDIENCE = "agenthub";
let provider;
let hub;
let chrome;

/** As small as a provider can be: it knows one person, asks no password, and is strict about everything else. */
async function startProvider() {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const codes = new Map();
  const refreshes = new Map();
  const p = { url: "", role: "agent", sub: "agent1", ttl: 3600, refused: [], granted: [], tamper: {}, knows: true };
  const token = () => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: p.url, aud: AUDIENCE, sub: p.sub, name: p.sub, role: p.role, tenant: "default", iat, exp: iat + p.ttl };
    const body = `${part({ alg: "RS256", typ: "JWT", kid: "k1" })}.${part(claims)}`;
    return `${body}.${sign("sha256", Buffer.from(body), privateKey).toString("base64url")}`;
  };
  const grant = (response) => {
    const refresh = randomBytes(16).toString("hex");
    refreshes.set(refresh, true);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ access_token: token(), refresh_token: refresh, token_type: "Bearer", expires_in: p.ttl }));
  };
  const refuse = (response, why) => {
    p.refused.push(why);
    response.statusCode = 400;
    response.end(JSON.stringify({ error: "invalid_grant" }));
  };
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, p.url);
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (url.pathname === "/.well-known/openid-configuration") {
      response.setHeader("Content-Type", "application/json");
      response.end(
        JSON.stringify({
          issuer: p.url,
          authorization_endpoint: `${p.url}/authorize`,
          token_endpoint: `${p.url}/token`,
          jwks_uri: `${p.url}/jwks`,
        }),
      );
    } else if (url.pathname === "/jwks") {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" }] }));
    } else if (url.pathname === "/authorize") {
      const query = Object.fromEntries(url.searchParams);
      assert.equal(query.response_type, "code");
      assert.equal(query.client_id, CLIENT);
      assert.equal(query.code_challenge_method, "S256");
      const code = randomBytes(16).toString("hex");
      codes.set(code, query);
      const back = new URL(query.redirect_uri);
      const answer = query.prompt === "none" && !p.knows ? { error: "login_required" } : { code };
      p.knows = true; // whoever is asked signs in
      for (const [name, value] of Object.entries({ ...answer, state: query.state, iss: p.url, ...p.tamper }))
        back.searchParams.set(name, value);
      response.writeHead(302, { Location: back.href });
      response.end();
    } else if (url.pathname === "/token" && request.method === "POST") {
      let body = "";
      for await (const chunk of request) body += chunk;
      const form = Object.fromEntries(new URLSearchParams(body));
      p.granted.push(form.grant_type);
      if (form.grant_type === "refresh_token")
        return refreshes.delete(form.refresh_token) ? grant(response) : refuse(response, "refresh token used twice");
      const asked = codes.get(form.code);
      codes.delete(form.code);
      if (!asked) return refuse(response, "unknown code");
      if (asked.redirect_uri !== form.redirect_uri) return refuse(response, "another redirect_uri");
      if (
        createHash("sha256")
          .update(form.code_verifier ?? "")
          .digest("base64url") !== asked.code_challenge
      )
        return refuse(response, "verifier");
      grant(response);
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  p.url = `http://127.0.0.1:${server.address().port}`;
  p.forget = () => refreshes.clear();
  p.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return p;
}

before(async () => {
  provider = await startProvider();
  hub = await startHub({
    redis: await startRedis(),
    flags: [
      `--jwks-url=${provider.url}/jwks`,
      `--issuer=${provider.url}`,
      `--audience=${AUDIENCE}`,
      `--oidc-client-id=${CLIENT}`,
      "--support-text=Ask the service desk, room 4.",
    ],
  });
  chrome = await browser();
});
after(async () => {
  await cleanUp();
  provider.close();
});

/** Nothing of a token anywhere a page could leave it. */
const traces = (page) =>
  page.evaluate(() => ({
    address: location.href,
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    cookie: document.cookie,
  }));

test("an agent signs in at the provider and is ready; no token is left anywhere", async () => {
  const page = await open(await chrome.newContext(), `${hub.url}/?lang=en`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await toolbar(page).state("ready");
  const left = await traces(page);
  assert.equal(left.address, `${hub.url}/?lang=en`, "the address is as it was, without the code");
  for (const [where, what] of Object.entries(left)) assert.doesNotMatch(what, /eyJ|code=|state=/, where);
  assert.deepEqual(provider.refused, []);
  assert.deepEqual(await axe(page), []);
  await reflows(page); // with Sign out, which the demo has not
  assert.deepEqual(page.faults, []);
});

test("a supervisor comes back to the filters the link had", async () => {
  Object.assign(provider, { role: "supervisor", sub: "supervisor" });
  const page = await open(await chrome.newContext(), `${hub.url}/supervisor?campaign=spring&last=4h`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("#live[data-tone=ok]").waitFor();
  assert.match(await page.evaluate(() => location.href), /\/supervisor\?campaign=spring&last=4h$/);
  assert.equal(await page.getByRole("combobox", { name: "Last" }).inputValue(), "4h");
  await reflows(page);
  Object.assign(provider, { role: "agent", sub: "agent1" });
});

test("who has no role here is told so, and whom to ask, instead of being sent around", async () => {
  Object.assign(provider, { role: "janitor", sub: "janitor" });
  const page = await open(await chrome.newContext(), `${hub.url}/?lang=en`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Your account has no role here. Ask the service desk, room 4.").waitFor();
  Object.assign(provider, { role: "agent", sub: "agent1" });
  const asked = page.waitForRequest((request) => request.url().startsWith(`${provider.url}/authorize`));
  await page.getByRole("button", { name: "Sign in" }).click();
  assert.equal(new URL((await asked).url()).searchParams.get("prompt"), "login", "another account can be chosen");
  await toolbar(page).state("ready");
  // An agent is no supervisor.
  const other = await open(await chrome.newContext(), `${hub.url}/supervisor?lang=en`);
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByText("Your account is no supervisor's.").waitFor();
  await toolbar(page).state("ready"); // and nobody was thrown off their desk
  await other.getByRole("link", { name: "Open the agent desk" }).click();
  await other.getByRole("heading", { name: "Sign in as an agent" }).waitFor();
  // And the other way round.
  Object.assign(provider, { role: "supervisor", sub: "boss" });
  const desk = await open(await chrome.newContext(), `${hub.url}/?lang=en`);
  await desk.getByRole("button", { name: "Sign in" }).click();
  await desk.getByText("Your account is no agent's.").waitFor();
  await desk.getByRole("link", { name: "Open the supervisors' page" }).waitFor();
  Object.assign(provider, { role: "agent", sub: "agent1" });
});

test("an answer with another state, or of another issuer, is not taken", async () => {
  for (const tamper of [{ state: "forged" }, { iss: "https://evil.example" }]) {
    provider.tamper = tamper;
    const granted = provider.granted.length;
    const page = await open(await chrome.newContext(), hub.url);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signing in did not work").waitFor();
    assert.equal(provider.granted.length, granted, "the code was not traded");
    assert.doesNotMatch(await page.evaluate(() => location.href), /code=/);
  }
  provider.tamper = {};
});

test("the token is renewed on the open socket before it ends", { timeout: 180_000 }, async () => {
  Object.assign(provider, { ttl: 20, sub: "agent2" });
  const page = await open(await chrome.newContext(), hub.url);
  await page.getByRole("button", { name: "Sign in" }).click();
  const { state } = toolbar(page);
  await state("ready");
  await until(() => page.frames_.some(({ subtopic }) => subtopic === "RefreshToken"), "RefreshToken");
  await page.waitForTimeout(8000); // the first token has ended by then
  await state("ready");
  assert.ok(provider.granted.includes("refresh_token"));
  assert.deepEqual(provider.refused, []);
});

/** A token that the hub refuses: the client asks for another one, which the provider does not give. */
const spoil = (bar) =>
  bar.evaluate((node) => {
    const { getToken } = node;
    let first = true;
    node.getToken = async (call) => {
      if (!first) return getToken(call);
      first = false;
      return "h.e30.s";
    };
    node.hub.close();
    node.connect();
  });

test("without a refresh token that is good, the provider is asked in silence", { timeout: 180_000 }, async () => {
  Object.assign(provider, { ttl: 3600, sub: "agent3" });
  const page = await open(await chrome.newContext(), `${hub.url}/?lang=en`);
  await page.getByRole("button", { name: "Sign in" }).click();
  const { bar, state } = toolbar(page);
  await state("ready");
  provider.forget();
  const asked = page.waitForRequest((request) => request.url().startsWith(`${provider.url}/authorize`));
  await spoil(bar);
  assert.equal(new URL((await asked).url()).searchParams.get("prompt"), "none");
  await state("ready");
  assert.deepEqual(provider.refused.splice(0), ["refresh token used twice"]);
  // Not twice in a row: a provider whose tokens are not taken would be asked without end.
  await page.evaluate(() => sessionStorage.setItem("agenthub.known", String(Date.now())));
  provider.forget();
  await spoil(bar);
  await state("denied");
  await toolbar(page).button("Sign in").click();
  await state("ready");
  assert.deepEqual(provider.refused.splice(0), ["refresh token used twice"]);
  assert.deepEqual(page.faults, []);
});

test("after a reload nobody is asked anything, until the provider forgets the person or is away", async () => {
  Object.assign(provider, { sub: "agent4" });
  const context = await chrome.newContext();
  const page = await open(context, `${hub.url}/?lang=en`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await toolbar(page).state("ready");
  await page.reload();
  await toolbar(page).state("ready");
  assert.equal(page.url(), `${hub.url}/?lang=en`);
  await page.evaluate(() => sessionStorage.setItem("agenthub.known", "0"));
  provider.knows = false;
  await page.reload();
  const button = page.getByRole("button", { name: "Sign in" });
  await button.waitFor();
  await page.reload();
  await button.waitFor();
  await button.click();
  await toolbar(page).state("ready");
  await page.evaluate(() => sessionStorage.setItem("agenthub.known", "0"));
  await context.route(`${provider.url}/token`, (route) => route.abort());
  await page.reload();
  await button.waitFor();
  assert.equal(page.url(), `${hub.url}/?lang=en`, "our page stays where the browser's own about a provider that is away would be");
  await page.close();
});

test("who signs out is out in all tabs, and the next one is asked who it is", async () => {
  Object.assign(provider, { sub: "agent5" });
  const context = await chrome.newContext();
  const pages = [await open(context, `${hub.url}/?lang=en`), await open(context, `${hub.url}/?lang=en`)];
  for (const page of pages) {
    await page.getByRole("button", { name: "Sign in" }).click();
    await toolbar(page).state("ready");
  }
  await pages[1].getByRole("button", { name: "Sign out" }).click();
  for (const page of pages) await page.getByText("You are signed out here. Your organisation's sign-in may still know you").waitFor();
  const asked = pages[0].waitForRequest((request) => request.url().startsWith(`${provider.url}/authorize`));
  await pages[0].getByRole("button", { name: "Sign in" }).click();
  assert.equal(new URL((await asked).url()).searchParams.get("prompt"), "login");
  await toolbar(pages[0]).state("ready");
  for (const page of pages) assert.deepEqual(page.faults, []);
});
