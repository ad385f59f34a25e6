import type { Ports } from '../consumer/context.js';
import type { OptionValues, RUNTIME_OPTIONS } from '../consumer/options.js';
import { withFacts } from '../worker/job-logger.js';
import type { WorkerSettings } from '../worker/worker-settings.js';
import type { WorkerOptions } from '../worker/worker.js';
import type { CommandContext } from './command-context.js';

/** A job type with all that a worker needs to do its jobs but the ports. */
export interface JobType {
  readonly type: string;
  /** From which it takes jobs. */
  readonly queue: string;
  /** The worker's settings, with what the type's own options change in them. */
  readonly workerSettings: WorkerSettings;
  /** What turns claims into runs. */
  runsWith(ports: Ports): WorkerOptions['runOf'];
}

/**
 * @param type default: the one that settings name
 * @throws {KioskError} `KC_TYPE_UNKNOWN`, `KC_CONFIG` if an option of a type is wrong, `KC_PLUGIN`
 */
export async function loadJobType(context: CommandContext, type?: string): Promise<JobType> {
  const { settings } = await context.settings();
  const registry = await context.registry();
  const offer = registry.consumerFor(type ?? settings.consumerType);
  const options = registry.optionsFor(offer.type, settings.consumers);
  const logger = await context.logger();
  return {
    type: offer.type,
    queue: `${settings.queue ?? offer.defaultQueue}${offer.queueSuffix}`,
    workerSettings: withRuntimeOptions(settings.worker, options),
    runsWith: (ports) => (claim) => ({
      type: offer.type,
      consumerClass: offer.class,
      options,
      functions: registry.functions,
      ports,
      consumerSettings: settings.consumer,
      logger: withFacts(logger, () => ({ job: claim.key })),
    }),
  };
}

function withRuntimeOptions(worker: WorkerSettings, options: OptionValues): WorkerSettings {
  const number = (name: keyof typeof RUNTIME_OPTIONS) => options[name] as number | undefined;
  const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
  return {
    ...worker,
    deadlineMs: milliseconds(number('deadlineSeconds')) ?? worker.deadlineMs,
    maxAttempts: number('maxAttempts') ?? worker.maxAttempts,
    retryBackoffMs: milliseconds(number('retryBackoffSeconds')) ?? worker.retryBackoffMs,
  };
}
