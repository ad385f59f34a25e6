import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Broker } from '../../../src/broker/contract.js';
import type { BenchContext, Benchmark, Row } from '../contract.js';
import { built } from '../../support/built.js';
import { interleave, wallMs } from '../support/interleave.js';
import { startProgram } from '../support/program.js';
import { timeRow } from '../support/rows.js';
import { spreadOf } from '../support/spread.js';

type OpenBroker = typeof import('../../../src/broker/open.js');

const BIN = fileURLToPath(new URL('../../../bin/kiosk-consumer.js', import.meta.url));
const HELP_ROUNDS = 15;
const CONSUME_ROUNDS = 5;
/** What `--help` may cost beyond a bare start of Node. */
const HELP_GOAL_MS = 60;
/** A look at the job costs a tenth of this, so that looking does not slow the start. */
const LOOK_EVERY_MS = 4;
const BOUND_MS = 20_000;

/** How long people and jobs wait for the program to be there. */
export const start: Benchmark = {
  name: 'start',
  summary: 'From the start of the process, in turn with a bare start of Node; wall time.',
  async run(context) {
    context.progress('--help and bare node');
    const costs = await interleave(
      {
        'node -e 0': () => wallMs(() => runNode(['-e', '0'])),
        '--help': () => wallMs(() => runNode([BIN, '--help'])),
        '--version': () => wallMs(() => runNode([BIN, '--version'])),
      },
      HELP_ROUNDS,
    );
    const peer = 'node -e 0';
    const more = costs['--help'].map((ms, round) => ms - costs[peer][round]!);
    return [
      timeRow({ name: '--help', costs, ours: '--help', peer }),
      timeRow({ name: '--version', costs, ours: '--version', peer }),
      {
        name: '--help beyond bare node',
        unit: 'ms',
        value: spreadOf(more),
        goal: { of: 'value', atMost: HELP_GOAL_MS },
      },
      await measureFirstClaim(context),
    ];
  },
};

async function runNode(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  assert.equal(code, 0, `node ${args.join(' ')}`);
}

/** `consume` on the embedded broker until it has taken a job that waits. */
async function measureFirstClaim(context: BenchContext): Promise<Row> {
  const { openBroker } = built('src/broker/open.js') as OpenBroker;
  const storage = join(context.folder, 'bucket');
  await mkdir(storage);
  const url = `sqlite:${join(context.folder, 'queue.db')}`;
  const broker = context.own(await openBroker(url), (opened) => opened.close());
  const times: number[] = [];
  for (let round = 0; round <= CONSUME_ROUNDS; round++) {
    context.progress(`consume, round ${round}`);
    const key = `predict:${round}`;
    await broker.enqueue('predict', key, { status: 'new', input_file_name: 'uploads/none.tif' });
    const startedAt = performance.now();
    const program = startProgram(
      ['consume', '--type', 'image', '--once', '--broker', url, '--storage', `file:${storage}`],
      { cwd: context.folder },
    );
    await untilClaimed(broker, key);
    if (round > 0) times.push(performance.now() - startedAt);
    await program.ended();
    assert.equal((await broker.read(key))?.['status'], 'failed', 'a job without its image has to fail');
  }
  return { name: 'consume to the first claim, sqlite', unit: 'ms', value: spreadOf(times) };
}

async function untilClaimed(broker: Broker, key: string): Promise<void> {
  for (let waited = 0; waited < BOUND_MS; waited += LOOK_EVERY_MS) {
    const state = await broker.inspect(key);
    if (state?.attempts !== undefined || state?.fields['status'] !== 'new') return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new TypeError(`the job was not claimed within ${BOUND_MS} ms`);
}
