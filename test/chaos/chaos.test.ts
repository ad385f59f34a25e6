import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/pages.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { SCENARIOS } from './scenarios.js';

/*
 * The short form of `npm run chaos`: real workers, Redis, bucket and model server are hurt, and an oracle outside of the program
 * recounts what became of the jobs. To see one again: `npm run chaos -- NAME --seed N`.
 */
const SEED = process.env['CHAOS_SEED'] ?? String(Date.now() % 2 ** 31);
const SHORT = SCENARIOS.filter((scenario) => scenario.short === true);

(requireTool('redis-server') ? describe : describe.skip)('a deployment that is hurt loses no job', () => {
  test.each(SHORT.map(({ fault, name }) => [fault, name] as const))(
    '%s',
    async (_fault, name) => {
      const folder = await temporaryFolder();
      const program = [join(ROOT, 'node_modules/jiti/lib/jiti-cli.mjs'), join(ROOT, 'test/chaos/chaos.ts')];
      const run = spawn(process.execPath, [...program, name, '--seed', SEED], { cwd: folder.path });
      let told = '';
      for (const stream of [run.stdout, run.stderr]) stream.on('data', (text: Buffer) => (told += text.toString()));
      await once(run, 'close');
      await folder.remove();
      process.stderr.write(told);
      expect({ code: run.exitCode, told: run.exitCode === 0 ? '' : told }).toEqual({ code: 0, told: '' });
    },
    240_000,
  );
});
