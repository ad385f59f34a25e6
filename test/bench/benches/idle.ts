import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../support/require-tool.js';
import { startRedisServer } from '../../support/redis-server.js';
import type { Benchmark } from '../contract.js';
import { startProgram } from '../support/program.js';
import { watchCommands } from '../support/redis-commands.js';
import { single } from '../support/spread.js';

/** By then everything that a worker loads at its start is loaded. */
const SETTLE_MS = 5_000;
const WATCH_MS = 30_000;

/** What a worker costs that has nothing to do. */
export const idle: Benchmark = {
  name: 'idle',
  summary: 'A worker that waits for jobs on Redis: its memory after five seconds, and what it sends in half a minute.',
  async run({ folder, own, progress }) {
    if (!requireTool('redis-server')) return [];
    const redis = own(await startRedisServer(), (server) => server.stop());
    const storage = join(folder, 'bucket');
    await mkdir(storage);
    const program = own(
      startProgram(['consume', '--type', 'image', '--broker', redis.url, '--storage', `file:${storage}`], {
        cwd: folder,
      }),
      (started) => started.stop(),
    );
    progress('settling');
    await sleep(SETTLE_MS);
    const memory = await program.memoryMB();
    progress('watching commands');
    const watch = await watchCommands(redis.client());
    await sleep(WATCH_MS);
    await watch.end();
    assert.equal(program.process.exitCode, null, 'the worker ended while it was watched');
    assert.ok(watch.commands.length > 0, 'a worker that waits on Redis says something now and then');
    return [
      { name: 'resident memory', unit: 'MB', value: single(memory) },
      {
        name: 'Redis commands',
        unit: 'a minute',
        value: single((watch.commands.length / WATCH_MS) * 60_000),
      },
    ];
  },
};
