import { readFile } from 'node:fs/promises';
import type { Redis, RedisOptions } from 'ioredis';
import { KioskError } from '../../errors/kiosk-error.js';
import { answerWithin } from './answer-within.js';
import { hangUp } from './hang-up.js';
import { isAnswer } from './redis-errors.js';
import type { HostPort, RedisTarget } from './target.js';

export interface ConnectOptions {
  /** Bound of the connecting, and of each command of it. */
  readonly timeoutMs: number;
  /** The connection's name in the server's list of clients. */
  readonly name: string | undefined;
}

/** A replica names its master, which may be a replica while a failover is under way. */
const MOST_HOPS = 3;

/** A connection that is given up gets this long to end by itself. */
const GRACE_MS = 100;

/**
 * Connects to the server that takes writes: host and port may be that server, a replica of it, or a sentinel, as in
 * the Kiosk, whose `REDIS_PORT` is the sentinels'. A server that answers `SENTINEL MASTERS` with an error is a plain Redis.
 *
 * The connection never reconnects by itself: who holds it starts here again, since the master may be another one.
 */
export async function connectPrimary(target: RedisTarget, options: ConnectOptions): Promise<Redis> {
  let failure: unknown;
  for (const server of target.servers) {
    try {
      return await connectFrom(server, target, options);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function connectFrom(server: HostPort, target: RedisTarget, options: ConnectOptions): Promise<Redis> {
  let client = await connect(server, target, options);
  try {
    const master = await askSentinel(client, target, options);
    if (master !== undefined) client = await replace(client, master, target, options);
    for (let hops = 0; ; hops += 1) {
      const next = await masterOf(client, options);
      if (next === undefined) break;
      if (master !== undefined || hops === MOST_HOPS) {
        throw away(target, `${next.host}:${next.port} is being made the master, a failover is under way`);
      }
      client = await replace(client, next, target, options);
    }
    if (target.db !== 0) await ask(client, options, 'SELECT', String(target.db));
    return client;
  } catch (error) {
    hangUp(client);
    throw error;
  }
}

/** Where a sentinel says that the master is; undefined if the server is no sentinel. */
async function askSentinel(client: Redis, target: RedisTarget, options: ConnectOptions): Promise<HostPort | undefined> {
  let answer: unknown;
  try {
    answer = await ask(client, options, 'SENTINEL', 'MASTERS');
  } catch (error) {
    if (isAnswer(error) && !target.sentinels) return undefined;
    throw error;
  }
  const sets = (answer as string[][]).map((flat) => fromPairs(flat));
  const wanted = target.masterSet ?? 'mymaster';
  const set = sets.find(({ name }) => name === wanted) ?? (target.masterSet === undefined ? sets.at(-1) : undefined);
  if (set?.['ip'] === undefined) {
    const known = sets.map(({ name }) => name).join(', ') || 'none';
    throw new KioskError('KC_BROKER_REFUSED', `${target.address}: the sentinel knows no master set "${wanted}".`, {
      hint: 'name the set at the end of the address: redis+sentinel://host:26379/SET',
      details: [`sets it knows: ${known}`],
    });
  }
  return { host: set['ip'], port: Number(set['port']) };
}

/** The master of a replica; undefined if this server is a master, or does not tell. */
async function masterOf(client: Redis, options: ConnectOptions): Promise<HostPort | undefined> {
  try {
    const [role, host, port] = (await ask(client, options, 'ROLE')) as [string, string, number];
    return role === 'slave' ? { host, port } : undefined;
  } catch (error) {
    if (isAnswer(error) && /NOPERM|unknown command/i.test(error.message)) return undefined;
    throw error;
  }
}

async function replace(old: Redis, server: HostPort, target: RedisTarget, options: ConnectOptions): Promise<Redis> {
  hangUp(old);
  return connect(server, target, options);
}

/** One connection to one server, logged in. */
async function connect(server: HostPort, target: RedisTarget, options: ConnectOptions): Promise<Redis> {
  const { Redis: Client } = await import('ioredis');
  const client = new Client({
    ...server,
    ...(await tlsOptions(target)),
    connectTimeout: options.timeoutMs,
    disconnectTimeout: GRACE_MS,
    lazyConnect: true,
    protocol: 2,
    retryStrategy: null,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    replyMapping: 'legacy',
  });
  // The connection's own word on why it failed; what connect() rejects with says only that it is closed.
  let cause: unknown;
  client.on('error', (error) => (cause = error));
  try {
    await client.connect();
    await logIn(client, target, options);
    return client;
  } catch (error) {
    hangUp(client);
    throw cause ?? error;
  }
}

async function tlsOptions({ tls }: RedisTarget): Promise<RedisOptions> {
  if (tls === undefined) return {};
  const pem = async (name: 'ca' | 'cert' | 'key'): Promise<Record<string, Buffer>> => {
    const path = tls[name];
    if (path === undefined) return {};
    try {
      return { [name]: await readFile(path) };
    } catch (error) {
      const message = `The broker's ${name} file ${path} cannot be read.`;
      throw new KioskError('KC_CONFIG', message, { hint: 'name a PEM file that this user may read' }, { cause: error });
    }
  };
  const files = { ...(await pem('ca')), ...(await pem('cert')), ...(await pem('key')) };
  return { tls: { rejectUnauthorized: tls.verify, ...files } };
}

/** A server without a password, such as most sentinels, does not mind one that it did not ask for. */
async function logIn(client: Redis, { username, password }: RedisTarget, options: ConnectOptions): Promise<void> {
  if (password !== undefined) {
    try {
      await ask(client, options, 'AUTH', ...(username === undefined ? [] : [username]), password);
    } catch (error) {
      if (!isAnswer(error) || !/no password is set|without any password configured/i.test(error.message)) throw error;
    }
  }
  // A name is a courtesy to operators: a server that refuses it is as good as another.
  const label = options.name?.replace(/[^!-~]/g, '-');
  if (label !== undefined) await ask(client, options, 'CLIENT', 'SETNAME', label).catch(() => undefined);
}

function ask(client: Redis, { timeoutMs }: ConnectOptions, command: string, ...values: string[]): Promise<unknown> {
  return answerWithin(timeoutMs, client.call(command, ...values));
}

function away(target: RedisTarget, why: string): KioskError {
  return new KioskError('KC_BROKER_UNREACHABLE', `${target.address}: ${why}.`, { retry: 'wait' });
}

function fromPairs(flat: readonly string[]): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
  return Object.fromEntries(pairs);
}
