/** The SDK without a browser: Node with the sockets it has of its own, and with those of the package ws. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { HubClient } from "../../js/sdk/hub-client.js";
import { cleanUp, demoToken, startHub, until } from "./lib.js";

let hub;
before(async () => {
  hub = await startHub();
});
after(cleanUp);

/** A proxy that answers the first upgrades by itself, as one does whose hub is away. @param {number} refusals */
async function proxy(refusals) {
  const open = new Set();
  const server = net.createServer((near) => {
    open.add(near);
    near.on("error", () => {});
    near.once("data", (head) => {
      if (head.toString("latin1").startsWith("GET /ws ") && refusals-- > 0)
        return near.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      const far = net.connect(hub.port, "127.0.0.1");
      far.on("error", () => near.destroy());
      far.on("close", () => near.destroy());
      near.on("close", () => far.destroy());
      far.write(head);
      near.pipe(far).pipe(near);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${server.address().port}/ws`,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

const kinds = { ws: WebSocket, ...(globalThis.WebSocket && { "Node's own": globalThis.WebSocket }) };
for (const [name, kind] of Object.entries(kinds)) {
  test(`${name}: refused upgrades are tried again, the third is told as blocked, and then a contact is skipped`, async () => {
    const between = await proxy(3);
    const client = new HubClient({
      url: between.url,
      tabs: "each",
      WebSocket: kind,
      backoff: { min: 20, max: 50 },
      getToken: () => demoToken(hub.url, "agent2", "agent"),
    });
    const causes = [];
    client.on("state", ({ cause, address }) => cause && causes.push([cause, address].filter(Boolean).join(" ")));
    try {
      await client.connect();
      await until(() => client.state.state === "ready", "ready after three refusals");
      assert.ok(causes.includes(`blocked ${between.url}`), String(causes));
      await client.request("GetContactOD");
      const { ContactId } = client.snapshot.reservation;
      const { message } = await client.request("SkipNonPEWCContact", { ContactId, Reason: client.snapshot.skipReasons[0].id });
      assert.equal(message.response.success, true);
      assert.equal(client.snapshot.reservation, null);
    } finally {
      client.close();
      between.close();
    }
  });
}
