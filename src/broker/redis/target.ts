import { KioskError } from '../../errors/kiosk-error.js';
import { maskAddress } from '../mask-address.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where a Redis is to be found, and how to log in. */
export interface RedisTarget {
  /** The URL, secrets masked. */
  readonly address: string;
  /** One server of unknown kind, or the sentinels to ask in turn. */
  readonly servers: readonly HostPort[];
  /** The servers are sentinels for sure. */
  readonly sentinels: boolean;
  /** The master set asked for; undefined: `mymaster`, else the last one that the sentinel lists. */
  readonly masterSet: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  /** Undefined without TLS. `ca`, `cert` and `key` are paths of PEM files. */
  readonly tls: { ca?: string; cert?: string; key?: string; verify: boolean } | undefined;
}

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;
const PARAMETERS = ['db', 'tls', 'ca', 'cert', 'key', 'verify'];

/**
 * Reads `redis[s]://[user][:password@]host[:port][/db]` or
 * `redis+sentinel://[user][:password@]host[:port],…[/set]`, with `?db=N`, `tls=true`, `ca=`, `cert=`, `key=` (paths
 * of PEM files) and `verify=false`. User and password are percent-encoded.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const address = maskAddress(url);
  const match = /^(rediss?|redis\+sentinel):\/\/(?:(.*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(url);
  if (match === null) throw malformed(address, 'it does not have the form scheme://host:port');
  const [, scheme = '', credentials = '', hosts = '', path = '', query = ''] = match;
  const sentinels = scheme.toLowerCase() === 'redis+sentinel';
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0) {
    throw malformed(address, `it has the parameter ${unknown[0]}; known are ${PARAMETERS.join(', ')}`);
  }
  const [user = '', ...password] = credentials.split(':');
  const servers = hosts.split(',').map((host) => readHost(host, sentinels ? SENTINEL_PORT : REDIS_PORT, address));
  if (!sentinels && servers.length > 1) throw malformed(address, 'several hosts are for redis+sentinel:// only');
  return Object.freeze({
    address,
    servers,
    sentinels,
    masterSet: sentinels && path !== '' ? decode(path, address) : undefined,
    username: decode(user, address) || undefined,
    password: decode(password.join(':'), address) || undefined,
    db: readDb(parameters.get('db') ?? (sentinels ? '' : path), address),
    tls: scheme.toLowerCase() === 'rediss' || parameters.get('tls') === 'true' ? readTls(parameters) : undefined,
  });
}

function readHost(text: string, defaultPort: number, address: string): HostPort {
  const match = /^(\[[0-9a-f:.%]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(text.trim());
  const port = Number(match?.[2] ?? defaultPort);
  if (match?.[1] === undefined || port < 1 || port > 65_535) throw malformed(address, `"${text}" is no host:port`);
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

function readDb(text: string, address: string): number {
  if (!/^\d{0,5}$/.test(text)) throw malformed(address, `"${text}" is no number of a database`);
  return Number(text);
}

function readTls(parameters: URLSearchParams): NonNullable<RedisTarget['tls']> {
  const file = (name: 'ca' | 'cert' | 'key'): Record<string, string> => {
    const path = parameters.get(name);
    return path === null ? {} : { [name]: path };
  };
  return { ...file('ca'), ...file('cert'), ...file('key'), verify: parameters.get('verify') !== 'false' };
}

function decode(text: string, address: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed(address, 'a % in it is not followed by two hexadecimal digits; write %25 for the sign itself');
  }
}

function malformed(address: string, why: string): KioskError {
  return new KioskError('KC_CONFIG', `The broker address "${address}" is not understood: ${why}.`, {
    hint: 'write redis://user:password@host:6379/0, rediss://host or redis+sentinel://host:26379,host:26379/mymaster',
  });
}
