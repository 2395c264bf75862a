// The hub's yardstick: what somebody would write in an afternoon. One WebSocket per agent, one EVALSHA per request of the
// hub's own scripts, pipelined by the library; no guarantee that the scripts do not give.
// Usage: node ws.mjs FILE PORT. FILE has {redis, scripts: {reserve, skip}, agents: {name: [record, reply, ...head]}}.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { WebSocketServer } from 'ws';

const { redis: port, scripts, agents } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
const tail = { GetContactOD: [scripts.reserve, 'ContactOD', '180000', '', 'bench', '', ''], SkipNonPEWCContact: [scripts.skip, 'SkipNonPEWCContactResult', '', '', '', ''] };

async function answer(head, text) {
  const { subtopic, requestId } = JSON.parse(text);
  const [sha, reply, ...args] = tail[subtopic];
  const [record, stored, ...first] = head;
  const [word, id, , state, campaign, due] = await redis.evalsha(sha, 3, record, stored + requestId, record, ...first, ...args);
  const contact = { PhoneNumber: '', ContactId: id, CampaignId: campaign, State: state, LeaseUntil: due };
  const response = word !== 'ok' ? { error: word } : subtopic === 'GetContactOD' ? contact : { success: true };
  return JSON.stringify({ channel: 'LCM', topic: 'WebService', subtopic: reply, requestId, message: { response } });
}

const server = createServer();
new WebSocketServer({ server, path: '/ws' }).on('connection', (socket, request) => {
  const token = JSON.parse(Buffer.from(request.headers.authorization.split('.')[1], 'base64url'));
  const head = agents[token.sub];
  socket.send(JSON.stringify({ channel: 'HUB', topic: 'Session', subtopic: 'Hello' }));
  socket.on('message', async (text) => socket.send(await answer(head, text)));
});
server.listen(Number(process.argv[3]), '127.0.0.1');
