/** The transcripts that the hub is held to by its Go tests hold the browser's client and its types to the same. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { contactOf, HubClient } from "../js/sdk/hub-client.js";
import { FakeHub, hello, settle, token } from "./fake-hub.js";

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const FOLDER = at("../../cmd/agenthub/testdata/");

/** The frames that one side of a file sends; `partial` where the file leaves something out of an object. */
function frames(file, sender) {
  const lines = readFileSync(path.join(FOLDER, file), "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, who, side, words = ""] = line.trim().match(/^(\w+)([<>]) (\{.*\})$/) ?? [];
    if (side !== sender) return [];
    const known = words
      .replaceAll("‹any›", "1-0")
      .replaceAll("‹next year›", "2027")
      .replaceAll("‹time›", "2026-01-05T10:00:00Z")
      .replaceAll("[‹json›]", "[]");
    const whole = known.replaceAll(/(?<="seq"|"heldMs"):‹json›/g, ":0");
    const text = whole.replaceAll(/:‹json›/g, ":{}").replaceAll(/,?‹json›,?/g, "");
    try {
      return [{ who, text, partial: whole.includes("‹json›"), ...JSON.parse(text) }];
    } catch {
      return []; // a frame that is wrong on purpose
    }
  });
}
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));
const said = files.flatMap((file) => frames(file, "<").map((frame) => ({ file, ...frame })));

test("whatever the hub says is of the type that protocol.d.ts gives it", () => {
  const checked = {};
  const lines = said.flatMap(({ subtopic, message, partial, requestId, channel, topic }, i) => {
    if (partial) return [];
    const { response } = message;
    const refused = response?.success === false;
    const told = subtopic === "ContactOD" && !refused ? contactOf(response) : message;
    const type = refused ? "Refused" : subtopic;
    checked[type] = (checked[type] ?? 0) + 1;
    const envelope = { channel, topic, subtopic, ...(requestId !== undefined && { requestId }) };
    return [
      `const m${i}: Messages[${JSON.stringify(type)}] = ${JSON.stringify(told)};`,
      `const e${i}: Envelope = ${JSON.stringify(envelope)};`,
    ];
  });
  for (const type of ["Hello", "Reserved", "ContactOD", "Released", "Dialled", "Extended", "Event", "Gap", "Subscribed", "Refused"])
    assert.ok(checked[type] > 0, `${type} is in no transcript`);
  const folder = mkdtempSync(path.join(tmpdir(), "agenthub-types-"));
  try {
    const file = path.join(folder, "said.ts");
    writeFileSync(file, `import type { Envelope, Messages } from ${JSON.stringify(at("../js/sdk/protocol.d.ts"))};\n${lines.join("\n")}\n`);
    const flags =
      "--noEmit --ignoreConfig --strict --exactOptionalPropertyTypes --target ES2024 --module ESNext --moduleResolution bundler --types";
    execFileSync(process.execPath, [at("../node_modules/typescript/bin/tsc"), ...flags.split(" "), "", file], { encoding: "utf8" });
  } catch ({ stdout, message }) {
    assert.fail(stdout || message);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A client with a socket to a fake hub that has not said Hello yet. */
async function connected() {
  const fake = new FakeHub();
  const realFetch = globalThis.fetch;
  globalThis.fetch = fake.fetch;
  const hub = new HubClient({ url: "ws://hub.test/ws", tabs: "each", getToken: async () => token(), WebSocket: fake.WebSocket });
  await hub.connect();
  await settle();
  const end = () => {
    hub.close();
    globalThis.fetch = realFetch;
  };
  return { fake, hub, end };
}

test("the client knows at every frame of hub.txt whom the agent holds", async () => {
  const { fake, hub, end } = await connected();
  fake.socket.say(hello({ reservation: null }));
  const steps = [];
  for (const { who, text, subtopic, message } of frames("hub.txt", "<")) {
    if (who !== "desk" || message.response?.success === false) continue;
    fake.socket.say(JSON.parse(text));
    const { ContactId = "", state = "" } = hub.snapshot?.reservation ?? {};
    const step = `${subtopic} ${ContactId} ${subtopic === "Dialled" ? state : ""}`.trim();
    if (subtopic !== "Hello") steps.push(step);
  }
  end();
  assert.deepEqual(steps.slice(0, 11), [
    "Reserved hub-1",
    "Extended hub-1",
    "Dialled hub-1 dialled",
    "SetNonPEWCContactOutcomeResult",
    "Reserved hub-2",
    "Released",
    "Reserved hub-3",
    "Released",
    "ContactOD hub-3",
    "SkipNonPEWCContactResult",
    "ContactOD hub-4",
  ]);
});

test("what the client sends is what the transcripts send", async () => {
  const sent = files.flatMap((file) => frames(file, ">"));
  const { fake, hub, end } = await connected();
  fake.socket.say(hello());
  for (const subtopic of ["GetContactOD", "SkipNonPEWCContact", "SetNonPEWCContactOutcome", "Dial", "Extend", "SignOut", "Subscribe"]) {
    const golden = sent.find((frame) => frame.subtopic === subtopic);
    hub.request(subtopic, golden.data).catch(() => {});
    const { channel, topic, data } = fake.socket.sent.at(-1);
    assert.deepEqual({ channel, topic }, { channel: golden.channel, topic: golden.topic }, subtopic);
    for (const [key, value] of Object.entries(golden.data)) assert.deepEqual(data[key], value, subtopic);
  }
  end();
});
