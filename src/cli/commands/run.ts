import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { newJobFields, newJobKey } from '../../broker/job-hash.js';
import { MemoryBroker } from '../../broker/memory/memory-broker.js';
import { createCompute } from '../../compute/pool.js';
import type { Settings } from '../../config/settings.js';
import type { ConsumerSettings, Ports } from '../../consumer/context.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { BUNDLED_MODEL } from '../../models/bundled.js';
import type { PredictClient } from '../../models/contract.js';
import { openStorage } from '../../storage/open.js';
import { withFacts } from '../../worker/job-logger.js';
import { Worker } from '../../worker/worker.js';
import type { CommandContext } from '../command-context.js';
import type { RunOptions } from '../command-options.js';
import { expandInputs } from '../expand-inputs.js';
import { finalFacts, lastLine } from '../outcome.js';
import { resultNames, writeResults } from '../result-folder.js';
import { printOutcomes, type FileOutcome } from '../file-outcomes.js';

const QUEUE = 'run';
const HOST = 'local';

/**
 * `run`: does the jobs of local files in this process, through the same `executeJob` as `consume`: the broker is in memory,
 * the bucket a temporary folder.
 * @returns 0, or 1 if a job failed
 */
export async function run(context: CommandContext, args: readonly string[], options: RunOptions): Promise<number> {
  const files = await localFiles(args);
  const { settings } = await context.settings();
  const registry = await context.registry();
  const offer = registry.consumerFor(settings.consumerType);
  const consumerOptions = registry.optionsFor(offer.type, settings.consumers);
  const logger = await context.logger();
  const ports = await openLocalPorts(context, settings);
  const names = resultNames(files.map((file) => file.name));
  const jobs = new Map<string, { readonly file: string; readonly path: string; readonly name: string }>();
  for (const [index, file] of files.entries()) {
    const key = newJobKey(QUEUE, file.name);
    const inputFileName = `uploads/${index}/${basename(file.path)}`;
    await ports.store.upload(file.path, inputFileName, { signal: context.signal });
    await ports.broker.enqueue(
      QUEUE,
      key,
      newJobFields({ originalName: file.name, inputFileName, host: HOST, fields: options.set }),
    );
    jobs.set(key, { file: file.name, path: file.path, name: names[index]! });
  }
  const outcomes: FileOutcome[] = [];
  const results: Promise<void>[] = [];
  const worker = new Worker({
    broker: ports.broker,
    queue: QUEUE,
    lease: { worker: { name: HOST, id: HOST }, leaseMs: settings.worker.leaseMs },
    settings: settings.worker,
    concurrency: settings.concurrency,
    logger,
    drain: true,
    maxJobs: files.length,
    runOf: (claim) => ({
      type: offer.type,
      consumerClass: offer.class,
      options: consumerOptions,
      functions: registry.functions,
      ports,
      consumerSettings: consumerSettings(settings),
      logger: withFacts(logger, () => ({ job: claim.key })),
    }),
    onOutcome: (claim, outcome) => {
      const job = jobs.get(claim.key)!;
      if (!('fields' in outcome)) return;
      results.push(
        collect(context, { ports, settings, options, job, jobFields: claim.fields, fields: outcome.fields }).then(
          (done) => void outcomes.push(done),
        ),
      );
    },
  });
  context.signal.addEventListener('abort', () => {
    worker.stop();
    worker.stop();
  });
  await worker.run();
  await Promise.all(results);
  if (context.signal.aborted) throw context.signal.reason as KioskError;
  printOutcomes(context, outcomes);
  return outcomes.every((outcome) => outcome.status === 'done') ? 0 : 1;
}

interface Collected {
  readonly ports: Ports;
  readonly settings: Settings;
  readonly options: RunOptions;
  readonly job: { readonly file: string; readonly path: string; readonly name: string };
  readonly jobFields: Readonly<Record<string, string>>;
  readonly fields: Record<string, string>;
}

async function collect(
  context: CommandContext,
  { ports, settings, options, job, jobFields, fields }: Collected,
): Promise<FileOutcome> {
  const facts = finalFacts(fields);
  if (fields.status !== 'done') return { file: job.file, status: 'failed', reason: lastLine(facts.reason ?? '') };
  const { seconds } = facts;
  const key = fields.output_file_name;
  if (!key) return { file: job.file, status: 'done', ...(seconds === undefined ? {} : { seconds }) };
  const folder = await mkdtemp(join(tmpdir(), 'kiosk-result-'));
  try {
    const archive = join(folder, basename(key));
    await ports.store.download(key, archive, { signal: context.signal });
    const source = { image: job.path, archive, name: job.name, fields: jobFields };
    const { limits } = settings.consumer;
    const written = await writeResults(options.out, source, { compute: ports.compute, limits, signal: context.signal });
    return { file: job.file, status: 'done', ...(seconds === undefined ? {} : { seconds }), results: written };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function localFiles(args: readonly string[]): Promise<{ path: string; name: string }[]> {
  const inputs = await expandInputs(args);
  return inputs.map((input) => {
    if (input.kind === 'file') return { path: input.path, name: input.name };
    throw new KioskError('KC_USAGE', `"${input.key}" is not a file of this machine.`, {
      hint: 'run works on local files; use enqueue for objects in the bucket',
    });
  });
}

/** Everything in this process; the model server only if one is set. */
async function openLocalPorts(context: CommandContext, settings: Settings): Promise<Ports> {
  const folder = await mkdtemp(join(tmpdir(), 'kiosk-run-'));
  context.onEnd(() => rm(folder, { recursive: true, force: true }));
  const broker = new MemoryBroker();
  const store = await openStorage(`file:${folder}`, settings.storage.options);
  const compute = createCompute({ threads: settings.threads });
  context.onEnd(() => compute.close());
  const registry = await context.registry();
  let models: Promise<PredictClient> | undefined;
  context.onEnd(async () => (await models?.catch(() => undefined))?.close());
  const open = async () => {
    const { openModels } = await import('../../models/open.js');
    const { url = 'onnx:bundled', options } = settings.models;
    return await openModels(url, options, registry.schemes.models);
  };
  return { broker, store, compute, models: () => (models ??= open()) };
}

/** Where no model server is set there is the bundled model, and it does the nuclei. */
function consumerSettings(settings: Settings): ConsumerSettings {
  if (settings.models.url !== undefined) return settings.consumer;
  return { ...settings.consumer, modelSettings: { ...settings.consumer.modelSettings, nuclear: BUNDLED_MODEL } };
}
