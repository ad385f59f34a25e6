import { requireTool } from '../../support/require-tool.js';
import type { Benchmark } from '../contract.js';
import { runReferenceJobs } from '../support/reference-jobs.js';
import { single } from '../support/spread.js';

const JOBS = 6;
/** Leases are renewed and signals heard in time while a job computes. */
const GOAL_MS = 50;

/** Whether the numeric work leaves the event loop alone. */
export const eventLoop: Benchmark = {
  name: 'event-loop',
  summary: "Delay of the worker's event loop while it does reference jobs of 2048², from the second job on.",
  async run({ folder, progress }) {
    if (!requireTool('redis-server')) return [];
    progress('2048²');
    const { p50, p99, max, samples } = (await runReferenceJobs(folder, [2048, 2048], JOBS)).probe.loopDelay;
    return [
      {
        name: 'median',
        unit: 'ms',
        value: single(p50),
        note: `${samples} samples, 5 ms apart where nothing delays them.`,
      },
      { name: '99 of 100 within', unit: 'ms', value: single(p99), goal: { of: 'value', atMost: GOAL_MS } },
      { name: 'longest', unit: 'ms', value: single(max) },
    ];
  },
};
