import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { temporaryFolder } from './temporary-folder.js';

export interface RedisServerOptions {
  readonly port?: number;
  /** Further settings, as on the command line: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[];
  /** Where it keeps its data, to start again on them; a temporary folder of its own by default. */
  readonly dir?: string;
  /** Run as a sentinel with this configuration file. */
  readonly sentinelConfig?: string;
}

/** A real server on a free port of localhost. The test that started it stops it. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** Clients of the test itself, closed with the server. */
  client(password?: string): Redis;
  /** Ends it: with SIGKILL by default, the data folder too. */
  stop(how?: { signal?: NodeJS.Signals; keepData?: boolean }): Promise<void>;
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const folder = options.dir === undefined ? await temporaryFolder() : { path: options.dir, remove: async () => {} };
  const plain = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder.path,
    '--save',
    '',
    '--repl-diskless-sync-delay',
    '0',
  ];
  const args =
    options.sentinelConfig === undefined
      ? [...plain, ...(options.args ?? [])]
      : [options.sentinelConfig, '--sentinel', '--port', String(port), '--bind', '127.0.0.1'];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  await untilListening(port, child);
  const clients: Redis[] = [];
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    process: child,
    client(password) {
      const login = password === undefined ? {} : { password };
      const client = new Redis({ port, host: '127.0.0.1', protocol: 2, ...login });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    async stop({ signal = 'SIGKILL', keepData = false } = {}) {
      for (const client of clients.splice(0)) client.disconnect();
      await stopProcess(child, signal);
      if (!keepData) await folder.remove();
    },
  };
}

export async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    if (await isListening(port)) return;
    await sleep(10);
  }
  throw new Error(`redis-server does not listen on port ${port}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
