/** The thread in which an isolated consumer does one try of one job. */
import { parentPort, workerData } from 'node:worker_threads';
import { packError } from '../../compute/error-transport.js';
import { defaultExport, loadModule } from '../../config/load-module.js';
import { WaitForChildren } from '../../consumer/children.js';
import { doJob } from '../../consumer/do-job.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { builtInPlugins } from '../../plugin/built-in.js';
import type { ConsumerClass, Plugin } from '../../plugin/contract.js';
import type { FromConsumer, Isolation, ThreadStart } from './messages.js';
import { threadContext } from './thread-context.js';

/** Memory outside of the heap (typed arrays) is no matter of V8's limit: it is looked at this often. */
const LOOK_EVERY_MS = 250;

const port = parentPort!;
const start = workerData as ThreadStart;
const tell = (message: FromConsumer): void => port.postMessage(message);

watchMemory(start.isolation.memoryLimitMB);
const context = threadContext(start, port);
try {
  const result = await doJob(await classOf(start.isolation), context);
  const waits = result instanceof WaitForChildren;
  tell({ kind: 'result', waits, fields: waits ? result.fields : result });
} catch (error) {
  tell({ kind: 'failed', error: packError(error) });
}

async function classOf({ file, type }: Isolation): Promise<ConsumerClass> {
  const plugins =
    file === undefined
      ? (await builtInPlugins()).map(({ plugin }) => plugin)
      : [defaultExport(await loadModule(file)) as Plugin];
  const found = plugins.find(({ consumers }) => consumers?.[type])?.consumers?.[type];
  if (found) return found;
  throw new KioskError(
    'KC_PLUGIN',
    `${file ?? 'The program'} does not offer the type "${type}" when loaded by a thread.`,
    {
      hint: 'what a plugin offers must not depend on where or when it is loaded',
    },
  );
}

function watchMemory(limitMB: number | undefined): void {
  if (limitMB === undefined) return;
  setInterval(() => {
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external > limitMB * 1e6) tell({ kind: 'too-much-memory' });
  }, LOOK_EVERY_MS).unref();
}
