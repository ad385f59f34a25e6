import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { PRELUDE } from './prelude.js';

/** A piece of Lua that the server runs as one atomic step, and the digest by which the server knows it. */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

/** Makes a script of `body`, which may use the functions of the prelude. */
export function defineScript(name: string, body: string): Script {
  const lua = `-- kiosk-consumer: ${name}\n${PRELUDE}\n${body}`;
  return Object.freeze({ name, lua, sha: createHash('sha1').update(lua).digest('hex') });
}

/**
 * Runs a script in one round trip; its text is sent only to a server that does not know it yet.
 * A script begins only if it is known, so sending it again after `NOSCRIPT` cannot run it twice.
 */
export async function runScript(
  client: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  const rest = [keys.length, ...keys, ...values];
  try {
    return await client.call('EVALSHA', script.sha, ...rest);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.call('EVAL', script.lua, ...rest);
  }
}
