#!/usr/bin/env bash
# coder/websocket 1.8.15, gorilla/websocket 1.5.3, ws (npm) 8.21.0: a peer closes with a reason that is no UTF-8.
#
# RFC 6455 wants the reason to be UTF-8 (5.5.1) and a connection failed with 1007 where text is none (8.1); the Autobahn
# suite asks for that in its case 7.5.1. gorilla refuses it with 1002, ws with 1007. coder/websocket takes the close frame for
# a good one, reports its code, and sends the same code and the same bytes back, so that the server is now the one who
# breaks the protocol, and a strict client which made a slip reports the server's. One would have guessed that a library
# which parses the frame, and refuses codes that may not be sent, looks at the reason as well before it says it again.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat > go.mod <<'MOD'
module finding

go 1.26.0

require (
	github.com/coder/websocket v1.8.15
	github.com/gorilla/websocket v1.5.3
)
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"net/http"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"
)

func main() {
	http.HandleFunc("/coder", func(w http.ResponseWriter, r *http.Request) {
		if c, err := coder.Accept(w, r, nil); err == nil {
			_, _, _ = c.Read(r.Context())
		}
	})
	http.HandleFunc("/gorilla", func(w http.ResponseWriter, r *http.Request) {
		if c, err := (&gorilla.Upgrader{}).Upgrade(w, r, nil); err == nil {
			_, _, _ = c.ReadMessage()
			_ = c.Close()
		}
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(ln, nil))
}
GO
cat > close.mjs <<'JS'
import { once } from "node:events";
import net from "node:net";
import { WebSocketServer } from "ws";

// close sends a close frame as a client does, with a mask of zeros, and says what comes back.
async function close(name, port, path, reason) {
  const socket = net.connect(port, "127.0.0.1");
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  await once(socket, "data");
  const payload = Buffer.concat([Buffer.from([0x03, 0xe8]), reason]);
  let answer = Buffer.alloc(0);
  socket.on("data", (data) => (answer = Buffer.concat([answer, data])));
  socket.write(Buffer.concat([Buffer.from([0x88, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  await once(socket, "close");
  console.log(`${name}: ${answer.readUInt16BE(2)} ${answer.subarray(4).equals(reason) ? "and the same reason" : "and no such reason"}`);
}

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => socket.on("error", () => {}));
await once(server, "listening");
for (const [what, reason] of [["UTF-8", Buffer.from("bye")], ["no UTF-8", Buffer.from([0x62, 0xff])]]) {
  await close(`${what}, coder`, process.argv[2], "/coder", reason);
  await close(`${what}, gorilla`, process.argv[2], "/gorilla", reason);
  await close(`${what}, ws`, server.address().port, "/", reason);
}
server.close();
JS
go mod tidy >tidy 2>&1 || { cat tidy; exit 1; }
npm init -y >npm 2>&1 && npm install --no-audit --no-fund ws@8.21.0 >>npm 2>&1 || { cat npm; exit 1; }
go vet ./...
go build -o server .
./server >port &
server=$!
trap 'kill $server; chmod -R u+w "$work"; rm -rf "$work"' EXIT
until [[ -s port ]]; do kill -0 $server; sleep 0.1; done
node close.mjs "$(cat port)" | tee seen
diff seen - <<'SEEN'
UTF-8, coder: 1000 and the same reason
UTF-8, gorilla: 1000 and no such reason
UTF-8, ws: 1000 and the same reason
no UTF-8, coder: 1000 and the same reason
no UTF-8, gorilla: 1002 and no such reason
no UTF-8, ws: 1007 and no such reason
SEEN
