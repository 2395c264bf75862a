import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Tokens } from "../js/ui/signin.js";

const oidc = { issuer: "", authorizationEndpoint: "", tokenEndpoint: "https://idp.test/token", clientId: "c", scope: "openid" };
const realFetch = globalThis.fetch;
let asked;
let status;

beforeEach(() => {
  asked = [];
  status = 200;
  globalThis.fetch = async (_, { body }) => {
    asked.push(body.get("refresh_token"));
    return { ok: status === 200, status, json: async () => ({ access_token: `a.${asked.length}.c`, refresh_token: `r${asked.length}` }) };
  };
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

test("all who find the token refused at once share one renewal, and the next one has the next refresh token", async () => {
  const tokens = new Tokens(oidc, { access_token: "a.0.c", refresh_token: "r0" });
  assert.equal(await tokens.get({ reason: "connect" }), "a.0.c");
  assert.deepEqual(await Promise.all(["refused", "refused", "refresh"].map((reason) => tokens.get({ reason }))), [
    "a.1.c",
    "a.1.c",
    "a.1.c",
  ]);
  assert.equal(await tokens.get({ reason: "refused" }), "a.2.c");
  assert.deepEqual(asked, ["r0", "r1"]);
});

test("a sign-in that is over is told apart from a provider that has no time", async () => {
  await assert.rejects(new Tokens(oidc, { access_token: "a.0.c" }).get({ reason: "refused" }), { code: "denied" });
  const tokens = new Tokens(oidc, { access_token: "a.0.c", refresh_token: "r0" });
  for (const [answer, code] of [
    [503, "unavailable"],
    [429, "unavailable"],
    [400, "denied"],
  ]) {
    status = answer;
    await assert.rejects(tokens.get({ reason: "refused" }), { code });
  }
  status = 200;
  assert.equal(await tokens.get({ reason: "refused" }), "a.4.c", "a failure is not remembered");
});

test("a token that is over is not shown to the hub once more", async () => {
  const at = (exp) => `h.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.s`;
  const now = Date.now() / 1000;
  const tokens = new Tokens(oidc, { access_token: at(now - 1), refresh_token: "r0" });
  assert.equal(await tokens.get({ reason: "connect" }), "a.1.c");
  const fresh = at(now + 60);
  assert.equal(await new Tokens(oidc, { access_token: fresh }).get({ reason: "connect" }), fresh);
});

test("the hub is shown the token that is for it", async () => {
  const jwt = (body) => `h.${Buffer.from(JSON.stringify(body)).toString("base64url")}.s`;
  const mine = jwt({ aud: ["x", "hub"] });
  const other = jwt({ aud: "graph" });
  const client = jwt({ client_id: "hub", aud: "graph" });
  const get = (more, access, id) =>
    new Tokens({ ...oidc, audience: "hub", ...more }, { access_token: access, id_token: id }).get({ reason: "connect" });
  assert.equal(await get({}, mine, jwt({ aud: "hub", id: true })), mine, "both are: the access token");
  assert.equal(await get({}, other, mine), mine, "the access token is for somebody else");
  assert.equal(await get({}, "opaque", mine), mine);
  assert.equal(await get({}, other, "opaque"), other, "none is: the hub says so");
  assert.equal(await get({ audienceClaim: "client_id" }, client, mine), client);
  assert.equal(await get({ token: "id" }, mine, other), other);
  assert.equal(await get({ token: "access" }, other, mine), other);
});
