import type { Ports } from '../consumer/context.js';
import type { OptionsOf, RUNTIME_OPTIONS } from '../consumer/options.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { Offer } from '../plugin/registry.js';
import type { Isolation } from '../worker/isolation/messages.js';
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
  const runtimeOptions = options as RuntimeOptions;
  const isolation = isolationOf(offer, runtimeOptions);
  const logger = await context.logger();
  return {
    type: offer.type,
    queue: `${settings.queue ?? offer.defaultQueue}${offer.queueSuffix}`,
    workerSettings: withRuntimeOptions(settings.worker, runtimeOptions),
    runsWith: (ports) => (claim) => ({
      type: offer.type,
      consumerClass: offer.class,
      ...(isolation && { isolation }),
      options,
      functions: registry.functions,
      ports,
      consumerSettings: settings.consumer,
      logger: withFacts(logger, () => ({ job: claim.key })),
    }),
  };
}

type RuntimeOptions = OptionsOf<typeof RUNTIME_OPTIONS>;

function withRuntimeOptions(worker: WorkerSettings, options: RuntimeOptions): WorkerSettings {
  const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
  return {
    ...worker,
    deadlineMs: milliseconds(options.deadlineSeconds) ?? worker.deadlineMs,
    maxAttempts: options.maxAttempts ?? worker.maxAttempts,
    retryBackoffMs: milliseconds(options.retryBackoffSeconds) ?? worker.retryBackoffMs,
  };
}

/** @throws {KioskError} `KC_CONFIG` for a plugin that a thread could not load */
function isolationOf({ type, plugin }: Offer, options: RuntimeOptions): Isolation | undefined {
  if (options.isolation !== 'thread') return undefined;
  if (plugin.source === 'inline') {
    throw new KioskError(
      'KC_CONFIG',
      `consumers.${type}.isolation is "thread", but "${plugin.reference}" stands in the config file.`,
      {
        hint: 'put the plugin into a file of its own, and name that in "plugins": a thread has to load it',
        see: 'docs/plugins.md',
      },
    );
  }
  return { file: plugin.file, type, memoryLimitMB: options.memoryLimitMB };
}
