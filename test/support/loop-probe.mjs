// Preloaded with --import: tells at the end how long the event loop was held up.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  // The start of the program is not what is measured.
  setTimeout(() => delay.enable(), 1_500).unref();
  process.on('exit', () =>
    process.stderr.write(`event loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms\n`),
  );
}
