/**
 * The thread that answers `/livez`, `/readyz` and `/metrics`: also while the worker's event loop is busy, which is when somebody asks.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { Broker, QueueState } from '../../broker/contract.js';
import { openBroker } from '../../broker/open.js';
import { messageOf } from '../../errors/message-of.js';
import type { HealthEvent, HealthThreadData } from './events.js';
import { Metrics } from './metrics.js';
import { notAlive, notReady, type Known } from './verdict.js';

/** What the broker said is good for this long: however often is asked, it has no work of it. */
const BROKER_ASKED_EVERY_MS = 2_000;
const BROKER_ANSWERS_WITHIN_MS = 1_000;
/** Nobody who asks for a few bytes needs longer, or a larger head. */
const REQUEST_WITHIN_MS = 5_000;
const LARGEST_HEAD_BYTES = 8_192;
const MOST_CONNECTIONS = 32;

const data = workerData as HealthThreadData;
const metrics = new Metrics({ type: data.type, queue: data.queue });
let beat: Known['beat'];
let beatAt = performance.now();

parentPort!.on('message', (event: HealthEvent) => {
  metrics.hear(event);
  if (event.kind !== 'beat') return;
  beat = event;
  beatAt = performance.now();
});

let broker: Promise<Broker> | undefined;
let asked: { readonly at: number; readonly answer: Promise<QueueState | string> } | undefined;

/** The state of the queue, or why it is not known. */
async function askBroker(): Promise<QueueState | string | undefined> {
  if (data.broker === undefined) return undefined;
  if (asked === undefined || performance.now() - asked.at > BROKER_ASKED_EVERY_MS) {
    asked = { at: performance.now(), answer: queueState().catch(messageOf) };
  }
  return await asked.answer;
}

async function queueState(): Promise<QueueState> {
  const { url, options } = data.broker!;
  broker ??= openBroker(url, { ...options, maxWaitMs: BROKER_ANSWERS_WITHIN_MS });
  const [state] = await (await broker).queues([data.queue]);
  return state!;
}

function pulse() {
  return { beat, silentMs: performance.now() - beatAt, hangMs: data.hangMs };
}

async function known(): Promise<Known> {
  const answer = await askBroker();
  return { ...pulse(), brokerTrouble: typeof answer === 'string' ? answer : undefined };
}

async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'only GET\n');
  if (path === '/livez') return verdict(response, notAlive(pulse()));
  if (path === '/readyz') return verdict(response, notReady(await known()));
  if (path !== '/metrics') return send(response, 404, 'there are /livez, /readyz and /metrics\n');
  const state = await askBroker();
  if (data.broker !== undefined) metrics.setQueue(typeof state === 'object' ? state : undefined);
  send(response, 200, await metrics.text(), metrics.contentType);
}

function verdict(response: ServerResponse, trouble: string | undefined): void {
  send(response, trouble === undefined ? 200 : 503, `${trouble ?? 'ok'}\n`);
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' }).end(text);
}

const server = createServer(
  {
    maxHeaderSize: LARGEST_HEAD_BYTES,
    headersTimeout: REQUEST_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: 1_000,
  },
  (request, response) => void reply(request, response).catch((error: unknown) => send(response, 500, messageOf(error))),
);
server.maxConnections = MOST_CONNECTIONS;
server.on('error', (error: NodeJS.ErrnoException) => parentPort!.postMessage({ error: error.code ?? error.message }));
server.listen(data.port, data.host, () => parentPort!.postMessage({ port: (server.address() as AddressInfo).port }));
