import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy that can lose an answer (the request arrives, the connection dies before the reply is passed on), let one wait, and
 * fall silent without a connection being closed.
 */
export interface CuttingProxy {
  readonly port: number;
  /** The next reply to the request containing `text` is lost after so many bytes (default 0), with its connection. */
  loseAnswerTo(text: string, afterBytes?: number): void;
  /** The reply to the next request containing `text`, and what comes after it on its connection, is passed on later. */
  delayAnswerTo(text: string, delayMs: number): void;
  /** On the connections that stand now nothing is passed on any more, and nothing is closed. */
  fallSilent(): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(serverPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let wanted: string | undefined;
  let passed = 0;
  let slow: { readonly text: string; readonly delayMs: number } | undefined;
  const silent = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    let left = Number.POSITIVE_INFINITY;
    let delayMs = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (client.destroy(), upstream.destroy(), sockets.delete(socket)));
    }
    client.on('data', (data) => {
      if (silent.has(client)) return;
      if (wanted !== undefined && data.includes(wanted)) {
        wanted = undefined;
        left = passed;
      }
      if (slow !== undefined && data.includes(slow.text)) {
        ({ delayMs } = slow);
        slow = undefined;
      }
      upstream.write(data);
    });
    upstream.on('data', (data: Buffer) => {
      if (silent.has(client)) return;
      if (delayMs > 0) {
        setTimeout(() => client.writable && client.write(data), delayMs).unref();
        return;
      }
      client.write(data.subarray(0, left));
      left -= data.length;
      if (left < 0) client.destroySoon();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswerTo: (text, afterBytes = 0) => ([wanted, passed] = [text, afterBytes]),
    delayAnswerTo: (text, delayMs) => (slow = { text, delayMs }),
    fallSilent: () => sockets.forEach((socket) => silent.add(socket)),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
