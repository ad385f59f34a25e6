import { requireTool } from '../../support/require-tool.js';
import type { BenchContext, Benchmark, Row } from '../contract.js';
import { runReferenceJobs, type ReferenceRun } from '../support/reference-jobs.js';
import { single, spreadOf } from '../support/spread.js';

/** What the Python consumer takes for the same job: two shared cores, the stages of 1280 × 1080. */
const PYTHON = {
  '512²': { ms: 223, memoryMB: 271 },
  '1280×1080': { ms: 2071, memoryMB: 500 },
  '2048²': { ms: 6935, memoryMB: 663 },
} as const;

const SIZES = [
  ['512²', 512, 512],
  ['1280×1080', 1280, 1080],
  ['2048²', 2048, 2048],
] as const;

const JOBS = 20;
/** Eight times as fast. */
const GOAL = { of: 'ratio', atMost: 1 / 8 } as const;
const PEER = 'Python consumer';
const OVERLAP = 'While a job saves its results the next one begins, so that jobs take longer than they lie apart.';
const NOTE = 'the Python consumer was measured beforehand, on two shared cores, not in the same run.';

/** Fields of the hash that tell how long a stage took, in seconds. */
const STAGES = ['download', 'preprocess', 'prediction', 'postprocess', 'upload'] as const;

/** The whole job through one worker, and where its time goes. */
export const referenceJob: Benchmark = {
  name: 'reference-job',
  summary:
    'A backlog of 20 jobs for one worker, one at a time: real Redis, bucket in a folder, model server in its own process; wall time.',
  async run(context) {
    if (!requireTool('redis-server')) return [];
    const rows: Row[] = [];
    for (const size of SIZES) rows.push(...(await measure(size, context)));
    return rows;
  },
};

async function measure([name, ...size]: (typeof SIZES)[number], { folder, progress }: BenchContext): Promise<Row[]> {
  progress(name);
  const run = await runReferenceJobs(folder, size, JOBS);
  const { ms, memoryMB } = PYTHON[name];
  // The first job also loads what the job needs, and opens the connection to the model server.
  const totals = secondsOf(run, 'total')
    .map((seconds) => seconds * 1000)
    .slice(1);
  return [
    { ...against(`${name}, one job`, 'ms', totals, ms), note: `${NOTE} ${OVERLAP}` },
    { ...against(`${name}, from end to end of jobs`, 'ms', run.intervalsMs, ms), goal: GOAL },
    {
      name: `${name}, throughput`,
      unit: 'jobs/s',
      value: spreadOf(run.intervalsMs.map((interval) => 1000 / interval)),
    },
    ...STAGES.map((stage) => ({
      name: `${name}, ${stage}`,
      unit: 'ms',
      value: spreadOf(
        secondsOf(run, stage)
          .slice(1)
          .map((seconds) => seconds * 1000),
      ),
    })),
    against(`${name}, peak memory`, 'MB', [run.probe.peakMemoryMB], memoryMB),
    { name: `${name}, processor time of the worker`, unit: 'ms', value: single(run.workerCpuMs) },
    ...(run.serverCpuMs === undefined
      ? []
      : [{ name: `${name}, processor time of the model server`, unit: 'ms', value: single(run.serverCpuMs) }]),
    { name: `${name}, Redis commands`, unit: 'a job', value: single(run.commandsPerJob) },
  ];
}

function against(name: string, unit: string, values: readonly number[], python: number): Row {
  return {
    name,
    unit,
    value: spreadOf(values),
    peer: { name: PEER, value: single(python) },
    ratio: spreadOf(values.map((value) => value / python)),
    note: NOTE,
  };
}

function secondsOf(run: ReferenceRun, stage: (typeof STAGES)[number] | 'total'): number[] {
  return run.jobs.map((fields) => Number(fields[`${stage}_time`]));
}
