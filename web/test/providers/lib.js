/** Real identity providers, set up as docs/integration.md says: its blocks are what runs here, with other addresses. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, until } from "../e2e/lib.js";

/** Where .ci/providers put them: node_modules and dex. */
const PROGRAMS = process.env.PROVIDERS ?? fileURLToPath(new URL("../../../.tools/providers", import.meta.url));
const DOC = readFileSync(fileURLToPath(new URL("../../../docs/integration.md", import.meta.url)), "utf8");

/** The blocks of one example. @param {string} heading @param {string} language */
function block(heading, language) {
  const section = DOC.split(/^### /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const found = section.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s"))?.[1];
  assert.ok(found, `docs/integration.md has a ${language} block under ${heading}`);
  return found;
}

/** Puts what is of this machine in the place of what an example says. @param {string} text @param {Record<string, unknown>} changes */
function changed(text, changes) {
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(text.includes(from), `the example says ${from}`);
    text = text.replaceAll(from, String(to));
  }
  return text;
}

/** The addresses of one test, instead of those of the examples. */
export async function addresses() {
  const [hub, id, dex] = [await freePort(), await freePort(), await freePort()];
  return { hub, id, dex, of: (/** @type {number} */ port) => `http://127.0.0.1:${port}` };
}

/** The flags that the example of a provider gives the hub. @param {string} heading @param {Awaited<ReturnType<typeof addresses>>} at */
export function flagsOf(heading, at) {
  const line = block(heading, "sh").replaceAll("\\\n", " ");
  const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', "")).slice(2);
  words.splice(words.indexOf("--redis"), 2);
  return words.map((word) =>
    word
      .replace("https://hub.example", at.of(at.hub))
      .replace("https://id.example", at.of(at.id))
      .replace("https://dex.example", at.of(at.dex)),
  );
}

/** @param {string} kid */
export function newKey(kid) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" };
}

/** @param {import("node:test").TestContext} t */
function folder(t) {
  const dir = mkdtempSync(path.join(tmpdir(), "agenthub-provider-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * A program that listens when it answers its discovery.
 *
 * @param {import("node:test").TestContext} t @param {string} program @param {string[]} args @param {string} cwd @param {string} url
 */
async function serve(t, program, args, cwd, url) {
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  t.after(stop);
  await until(async () => {
    assert.equal(child.exitCode, null, log);
    return fetch(`${url}/.well-known/openid-configuration`).then(
      ({ ok }) => ok,
      () => false,
    );
  }, `${program} answers`);
  return { url, stop, log: () => log };
}

/**
 * oidc-provider, whose access tokens live for so many seconds. What it did is told line by line: `grant.success refresh_token`.
 *
 * @param {import("node:test").TestContext} t @param {Awaited<ReturnType<typeof addresses>>} at
 * @param {{keys?: object[], life?: number}} [how]
 */
export async function startOidcProvider(t, at, { keys = [newKey("first")], life = 300 } = {}) {
  const dir = folder(t);
  const code = changed(block("oidc-provider", "js"), {
    "https://hub.example": at.of(at.hub),
    "https://id.example": at.of(at.id),
    "https://dex.example": at.of(at.dex),
    "accessTokenTTL: 300": `accessTokenTTL: ${life}`,
    "listen(3000": `listen(${at.id}`,
  });
  const told = `
for (const event of ["grant.success", "grant.error", "end_session.success"]) {
  provider.on(event, ({ oidc }, error) => console.log(event, oidc.params.grant_type ?? "", oidc.client?.clientId, error?.error_description ?? ""));
}
`;
  writeFileSync(path.join(dir, "provider.mjs"), code + told);
  writeFileSync(path.join(dir, "jwks.json"), JSON.stringify({ keys }));
  symlinkSync(path.join(PROGRAMS, "node_modules"), path.join(dir, "node_modules"));
  return serve(t, process.execPath, ["provider.mjs"], dir, at.of(at.id));
}

/** Dex, whose ID tokens live for so many seconds. @param {import("node:test").TestContext} t @param {Awaited<ReturnType<typeof addresses>>} at */
export async function startDex(t, at, { life = 300 } = {}) {
  const dir = folder(t);
  const config = changed(block("Dex", "yaml"), {
    "https://hub.example": at.of(at.hub),
    "https://id.example": at.of(at.id),
    "https://dex.example": at.of(at.dex),
    "idTokens: 5m": `idTokens: ${life}s`,
    "http: 127.0.0.1:5556": `http: 127.0.0.1:${at.dex}`,
  });
  writeFileSync(path.join(dir, "config.yaml"), config);
  return serve(t, path.join(PROGRAMS, "dex"), ["serve", "config.yaml"], dir, at.of(at.dex));
}

/** What a person does at oidc-provider: says who they are, and agrees. @param {import("playwright-core").Page} page @param {string} name */
export async function signInAs(page, name) {
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}
