import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBroker } from '../../src/broker/open.js';
import { cli, jsonLines, startCli, type RunningCli } from '../support/cli.js';
import { writeNuclei } from '../../src/testing/nuclei.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LOOP_PROBE = fileURLToPath(new URL('../support/loop-probe.mjs', import.meta.url));

describe('a bare machine: SQLite, a folder and ONNX', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  const workers: RunningCli[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    env = {
      BROKER_URL: 'sqlite:jobs.db',
      STORAGE_BUCKET: 'file:bucket',
      MODEL_SERVER: 'onnx:bundled',
      NUCLEAR_MODEL: 'nuclear-demo:1',
      LOG_LEVEL: 'info',
    };
    for (let i = 0; i < 6; i++) await writeNuclei(join(folder.path, 'images', `field-${i}.tif`), 96, 96, i);
  });

  afterAll(async () => {
    for (const worker of workers) await worker.stop('SIGKILL');
    await folder.remove();
  });

  async function startWorker(
    name: string,
    args: readonly string[] = [],
    nodeArgs: readonly string[] = [],
  ): Promise<RunningCli> {
    const worker = startCli(['consume', '--type', 'image', '--json', ...args], {
      cwd: folder.path,
      env: { ...env, HOSTNAME: name },
      nodeArgs,
    });
    workers.push(worker);
    await worker.sees('waiting for jobs');
    return worker;
  }

  test('two workers share the jobs that a third process makes, each job once', async () => {
    const pair = [await startWorker('one'), await startWorker('two')];
    const result = await cli(['enqueue', 'images', '--type', 'image', '--wait', '--json', '--out', 'results'], {
      cwd: folder.path,
      env,
    });
    const outcomes = jsonLines(result);
    expect(result.code).toBe(0);
    expect(outcomes.map((outcome) => [outcome['file'], outcome['status']])).toEqual(
      Array.from({ length: 6 }, (_, i) => [`field-${i}.tif`, 'done']),
    );
    for (const worker of pair) expect(await worker.stop()).toBe(0);
    const done = pair.flatMap((worker) => jsonLines<{ job: string; status: string }>({ stdout: worker.stdout() }));
    expect(new Set(done.map(({ job }) => job)).size).toBe(6);
    expect(done).toHaveLength(6);
    expect((await readdir(join(folder.path, 'results'))).toSorted().slice(0, 4)).toEqual([
      'field-0.zip',
      'field-0_cells.csv',
      'field-0_labels.tif',
      'field-0_overlay.png',
    ]);
    const [header, ...rows] = (await readFile(join(folder.path, 'results', 'field-0_cells.csv'), 'utf8'))
      .trim()
      .split('\n');
    expect(header).toBe('label,area,centroid-0,centroid-1,bbox-0,bbox-1,bbox-2,bbox-3,intensity_mean,eccentricity');
    expect(rows.length).toBeGreaterThan(2);
  }, 90_000);

  test('a job whose worker is killed runs again elsewhere, and once', async () => {
    const victim = await startWorker('victim');
    await writeNuclei(join(folder.path, 'big.tif'), 2048, 2048);
    const waiting = startCli(['enqueue', 'big.tif', '--type', 'image', '--wait', '--json'], { cwd: folder.path, env });
    await victim.sees('job taken');
    await victim.stop('SIGKILL');
    const heir = await startWorker('heir');
    const { code, stdout } = await waiting.ended;
    expect(code).toBe(0);
    const [outcome] = jsonLines<{ hash: string }>({ stdout });
    const broker = await openBroker(`sqlite:${join(folder.path, 'jobs.db')}`);
    expect(await broker.read(outcome!.hash)).toMatchObject({ status: 'done', updated_by: 'heir' });
    await broker.close();
    await heir.stop();
  }, 120_000);

  test('the event loop of the worker stays free while it works on a large image', async () => {
    const worker = await startWorker('free', ['--once'], ['--import', LOOP_PROBE]);
    const { code } = await cli(['enqueue', 'big.tif', '--type', 'image', '--wait', '--json'], {
      cwd: folder.path,
      env,
    });
    expect(code).toBe(0);
    const { stderr } = await worker.ended;
    const [, p99] = /event loop delay p99 ([\d.]+) ms/.exec(stderr)!;
    // The work itself takes seconds; run on the loop it would stop it for as long. The exact figure is the bench's.
    expect(Number(p99)).toBeLessThan(250);
  }, 120_000);

  test('nothing of a job is left in the temporary folder', async () => {
    const { stdout } = await cli(['run', 'images/field-0.tif', '--type', 'image', '--out', 'again', '--json'], {
      cwd: folder.path,
    });
    expect(jsonLines({ stdout })[0]).toMatchObject({ status: 'done' });
    const left = (await readdir(tmpdir())).filter(
      (name) => name.startsWith('kiosk-run-') || name.startsWith('kiosk-result-'),
    );
    expect(left).toEqual([]);
  }, 60_000);

  test('run gives what a job gives, byte for byte', async () => {
    const labels = ['results', 'again'].map((name) => join(folder.path, name, 'field-0_labels.tif'));
    const [enqueued, ran] = await Promise.all(labels.map((file) => readFile(file)));
    expect(ran!.equals(enqueued!)).toBe(true);
  });

  test('a command that finds no Redis says what was looked for and how to do without, and ends with 3', async () => {
    const { code, stderr } = await cli(['consume'], {
      cwd: folder.path,
      env: { REDIS_HOST: '127.0.0.1', REDIS_PORT: '1', STORAGE_BUCKET: 'file:bucket' },
    });
    expect(code).toBe(3);
    expect(stderr).toContain('KC_BROKER_UNREACHABLE');
  }, 90_000);
});
