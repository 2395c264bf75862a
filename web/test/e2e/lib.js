/** What the browser tests stand on: real hubs, a real Redis, a relay between browser and hub, a host page elsewhere, one Chromium. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const SECRET = randomBytes(32).toString("hex");

/** @type {(() => unknown)[]} */
const cleaning = [];
/** Ends what was started, the last first; for node:test's `after`. */
export async function cleanUp() {
  for (const end of cleaning.splice(0).reverse()) await end();
}

export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** A limit is there to end a test that hangs, not to measure: a machine that is three times slower has to pass as well. */
const LIMIT = 60_000;

/** @param {() => unknown} check @param {string} what @param {number} [within] */
export async function until(check, what, within = LIMIT) {
  const end = Date.now() + within;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

let built;
/** The hub's binary: AGENTHUB_BIN, or built once. */
function binary() {
  if (process.env.AGENTHUB_BIN) return process.env.AGENTHUB_BIN;
  built ??= (async () => {
    const dir = mkdtempSync(path.join(tmpdir(), "agenthub-"));
    cleaning.push(() => rmSync(dir, { recursive: true, force: true }));
    const file = path.join(dir, "agenthub");
    const go = spawn("go", ["build", "-o", file, "./cmd/agenthub"], { cwd: ROOT, stdio: "inherit" });
    const [code] = await once(go, "exit");
    if (code !== 0) throw new Error("go build failed");
    return file;
  })();
  return built;
}

/** @param {import("node:child_process").ChildProcess} child */
function stopper(child) {
  return async (signal = "SIGTERM") => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
}

export async function startRedis() {
  const port = await freePort();
  const dir = mkdtempSync(path.join(tmpdir(), "agenthub-redis-"));
  const child = spawn(
    "redis-server",
    ["--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", "no"].map(String),
    {
      stdio: "ignore",
    },
  );
  const stop = stopper(child);
  cleaning.push(async () => {
    await stop("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });
  await until(() => reachable(port), "redis");
  return `redis://127.0.0.1:${port}/0`;
}

/** @param {number} port */
function reachable(port) {
  return new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => done(true)).on("error", () => done(false));
    socket.on("connect", () => socket.destroy());
  });
}

/**
 * A hub. Without `redis` it is the demo that nothing configures.
 *
 * @param {{redis?: string, flags?: string[], port?: number, env?: Record<string, string>}} [options]
 */
export async function startHub({ redis, flags = [], port, env = {} } = {}) {
  port ??= await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    "serve",
    `--listen=127.0.0.1:${port}`,
    "--admin-listen=",
    "--unknown-campaign=accept",
    "--rules=none", // the law has hours, and tests have none
    ...(redis ? [`--redis=${redis}`] : []),
    ...flags,
  ];
  const secret = redis && !flags.some((flag) => flag.startsWith("--jwks-url")) ? { AGENTHUB_JWT_SECRET: SECRET } : {};
  const child = spawn(await binary(), args, { env: { ...process.env, ...secret, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stdout.on("data", (data) => (log += data));
  child.stderr.on("data", (data) => (log += data));
  const stop = stopper(child);
  cleaning.push(() => stop("SIGKILL"));
  const up = () => {
    if (child.exitCode !== null) throw new Error(`the hub ended: ${log}`);
    return fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await until(up, "a hub that is ready").catch((error) => {
    throw new Error(`${error.message}\n${log}`);
  });
  return { url, port, stop, log: () => log };
}

/** @param {string} sub @param {string} [role] @param {object} [more] */
export function sign(sub, role = "agent", more = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(Date.now() / 1000);
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub, role, name: sub, iat, exp: iat + 3600, ...more })}`;
  return `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
}

/** @param {string} url @param {string} token @param {string} method @param {string} call @param {unknown} [body] */
export async function api(url, token, method, call, body) {
  const text = typeof body === "string";
  const response = await fetch(`${url}/api/v1${call}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": text ? "application/x-ndjson" : "application/json" }) },
    ...(body && { body: text ? body : JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${call}: ${response.status} ${answer}`);
  return response.headers.get("Content-Type")?.includes("json") && answer ? JSON.parse(answer) : answer;
}

/** @param {string} url @param {string} agent @param {string} role */
export async function demoToken(url, agent, role) {
  const response = await fetch(`${url}/demo/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: url },
    body: JSON.stringify({ agent, role }),
  });
  if (!response.ok) throw new Error(`demo token: ${response.status} ${await response.text()}`);
  return (await response.json()).token;
}

/** Contacts with fictional numbers. @param {string} url @param {number} n @param {(i: number) => object} [more] */
export async function load(url, n, more = () => ({})) {
  const rows = Array.from({ length: n }, (_, i) =>
    JSON.stringify({
      contactId: `c${i + 1}`,
      campaignId: "spring",
      phoneNumber: `+1 212 555 ${String(100 + i).padStart(4, "0")}`,
      name: `Contact ${i + 1}`,
      ...more(i),
    }),
  );
  const answer = await api(url, sign("loader", "campaign"), "POST", "/contacts", `${rows.join("\n")}\n`);
  if (answer.accepted !== n) throw new Error(`load: ${JSON.stringify(answer)}`);
}

/** Stands between browser and hub, so that a test can cut the line or move it to another node. */
export async function startRelay(target) {
  /** @type {Set<net.Socket>} */
  const open = new Set();
  /** @type {Set<net.Socket>} */
  const deaf = new Set();
  /** @type {Set<net.Socket>} */
  const webSockets = new Set();
  const server = net.createServer((near) => {
    if (!relay.target) return near.destroy();
    const far = net.connect(relay.target, "127.0.0.1");
    near.once("data", (data) => data.toString("latin1").startsWith("GET /ws ") && webSockets.add(near));
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        for (const set of [open, deaf, webSockets]) set.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (data) => deaf.has(near) || near.write(data));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const relay = {
    /** @type {number | null} */
    target,
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}`,
    cut() {
      for (const socket of open) socket.destroy();
    },
    /** The WebSockets that are open now get requests through and lose the answers, for good; a new one hears. */
    deafen() {
      for (const near of webSockets) deaf.add(near);
    },
  };
  cleaning.push(() => {
    relay.cut();
    server.close();
  });
  return relay;
}

/** A desktop on another origin, with the strictest policy under which the toolbar has to work. */
export async function startHost(
  hub,
  { agent = "agent1", body = `<agent-toolbar token-url="/hub-token"></agent-toolbar>`, module = "agent-toolbar.js", frames = "" } = {},
) {
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
<script type="module" src="${hub}/embed/v1/${module}"></script><script type="module" src="/host.js"></script></head>
<body><h1>Host desktop</h1><input aria-label="notes"><main>${body}</main></body></html>`;
  const policy = `default-src 'none'; script-src 'self' ${hub}; style-src 'none'; connect-src 'self' ${hub} ${hub.replace("http", "ws")}; frame-src ${frames || "'none'"}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`;
  const host = { url: "", agent, claims: {}, status: 200, script: "", refusals: 0, tokens: 0 };
  const server = http.createServer((request, response) => {
    const who = new URL(request.url, host.url).searchParams.get("agent") ?? host.agent;
    if (request.url.startsWith("/hub-token")) {
      host.tokens++;
      response.statusCode = host.status;
      response.end(sign(who, "agent", host.claims));
    } else if (request.url.startsWith("/host.js")) {
      response.setHeader("Content-Type", "text/javascript");
      response.end(host.script);
    } else {
      response.setHeader("Content-Type", "text/html");
      response.setHeader("Content-Security-Policy", policy);
      response.end(page);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host.url = `http://127.0.0.1:${server.address().port}`;
  cleaning.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return host;
}

let running;
export async function browser() {
  running ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const instance = await running;
  cleaning.push(async () => {
    running = undefined;
    await instance.close();
  });
  return instance;
}

/** Stands in for the desktop: asks nobody, keeps what it is told, and somebody looks elsewhere. */
export const fakeDesktop = () => {
  globalThis.told = [];
  document.hasFocus = () => false;
  globalThis.Notification = class {
    static permission = "default";
    static async requestPermission() {
      globalThis.Notification.permission = "granted";
      return "granted";
    }
    constructor(title, { body = "" } = {}) {
      globalThis.told.push(`${title} ${body}`.trim());
    }
  };
};

/** Opens a page that fails the test on any error in it. */
export async function open(context, address, { errors = [] } = {}) {
  const page = await context.newPage();
  page.faults = errors;
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/WebSocket|Failed to load resource|net::ERR/.test(message.text())) errors.push(message.text());
  });
  page.frames_ = [];
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => page.frames_.push(JSON.parse(payload)));
  });
  page.setDefaultTimeout(LIMIT);
  await page.goto(address);
  return page;
}

/** Waits for the address: what the page wrote into it is known here a moment later. @param {RegExp} pattern */
export const addressed = (page, pattern) => page.waitForURL(pattern, { waitUntil: "commit" });

/** The requests of one subtopic that a page sent. */
export const sent = (page, subtopic) => page.frames_.filter((frame) => frame.subtopic === subtopic);

export const axeSource = readFileSync(fileURLToPath(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url)), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on the page as it is now; through the debugger, so that the page's policy needs no hole. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((runOnly) => globalThis.axe.run({ runOnly }), RULES);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/**
 * Nothing is cut off and nobody has to scroll sideways: on a small screen, with text twice as large, with both, and from right to left.
 * A table may scroll in a box of its own.
 */
export async function reflows(page) {
  for (const dir of ["ltr", "rtl"]) {
    for (const [width, fontSize] of [
      [320, "100%"],
      [640, "200%"],
      [320, "200%"],
    ]) {
      await page.setViewportSize({ width, height: 800 });
      const found = await page.evaluate(
        ([side, size]) => {
          const root = document.documentElement;
          root.dir = side;
          root.style.fontSize = size;
          const bars = [...document.querySelectorAll("agent-toolbar")].map(({ shadowRoot }) => shadowRoot);
          const parts = [document, ...bars].flatMap((tree) => [...tree.querySelectorAll("body *, .bar, .bar *")]);
          const seen = parts.filter((part) => part.checkVisibility() && !part.closest(".sr, .skip-link, .scroll *, .feed-box *"));
          const outside = seen.filter((part) => {
            const { left, right } = part.getBoundingClientRect();
            return left < -1 || right > root.clientWidth + 1;
          });
          const cut = seen.filter(
            (part) =>
              part.matches("button, label, legend, strong, p, h1, h2, h3, dt, dd, summary, .pill") &&
              getComputedStyle(part).display !== "inline" &&
              part.scrollWidth > part.clientWidth + 1,
          );
          const name = (part) => `${part.localName} ${part.textContent.slice(0, 40)}`;
          return { over: Math.max(0, root.scrollWidth - root.clientWidth), outside: outside.map(name), cut: cut.map(name) };
        },
        [dir, fontSize],
      );
      assert.deepEqual(found, { over: 0, outside: [], cut: [] }, `${width} px at ${fontSize}, ${dir}`);
    }
  }
}

/** The toolbar's parts, found through its shadow root. */
export function toolbar(page) {
  const bar = page.locator("agent-toolbar");
  return {
    bar,
    button: (name) => bar.getByRole("button", { name }),
    phase: (name) => page.locator(`agent-toolbar[data-phase="${name}"]`).waitFor(),
    state: (name) => page.locator(`agent-toolbar[data-state="${name}"]`).waitFor(),
    /** Until Dial may be pressed, half a second after the contact was shown. */
    dialable: () => bar.locator('[data-action=dial][aria-disabled="false"]').waitFor(),
    /** Sends a marker: what the page sent before is known when that is. */
    async settled() {
      const before = sent(page, "GetAgentCallCount").length;
      await bar.evaluate((node) => node.hub.request("GetAgentCallCount"));
      await until(() => sent(page, "GetAgentCallCount").length > before, "the marker");
    },
    status: () => bar.getByRole("status").textContent(),
    text: () => bar.locator(".bar").innerText(),
  };
}
