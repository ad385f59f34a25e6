/**
 * Loaded before the program (`--import`): watches the delay of its event loop and writes that, processor time and peak
 * memory to BENCH_PROBE_REPORT when it ends. SIGUSR2 begins delay and processor time anew.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 5;

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let cpuBefore = process.cpuUsage();
  process.on('SIGUSR2', () => {
    delay.reset();
    cpuBefore = process.cpuUsage();
  });
  process.on('exit', () => {
    const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const loopDelay = {
      p50: ms(delay.percentile(50)),
      p99: ms(delay.percentile(99)),
      max: ms(delay.max),
      samples: delay.count,
    };
    // maxRSS is in KiB on every platform.
    const peakMemoryMB = (process.resourceUsage().maxRSS * 1024) / 1e6;
    const { user, system } = process.cpuUsage(cpuBefore);
    const report = { peakMemoryMB, cpuMs: (user + system) / 1000, loopDelay };
    writeFileSync(process.env.BENCH_PROBE_REPORT, JSON.stringify(report));
  });
}
