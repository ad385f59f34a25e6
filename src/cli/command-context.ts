import type { Broker } from '../broker/contract.js';
import type { ResolvedSettings } from '../config/resolve.js';
import type { Logger } from '../consumer/context.js';
import type { Registry } from '../plugin/registry.js';
import type { GlobalOptions } from './command-options.js';
import type { Io } from './io.js';
import type { OpenedPorts } from './open-ports.js';
import { createOutput, type Output } from './output.js';
import type { StopSignals } from './stop-signals.js';

/** What a command works with. Everything that costs time is made when it is first asked for, and only once. */
export interface CommandContext {
  readonly output: Output;
  /** `--json`: results as one object, or one per line. */
  readonly json: boolean;
  /** `--verbose`. */
  readonly verbose: boolean;
  readonly io: Io;
  /** Aborted by the first SIGINT or SIGTERM, or when nobody reads the results any more. */
  readonly signal: AbortSignal;
  /** Second signals, and taking over: see there. */
  readonly stopSignals: StopSignals;
  /** @throws {KioskError} `KC_CONFIG`, `KC_CONFIG_FILE` */
  settings(): Promise<ResolvedSettings>;
  /** Built-in plugins and those of the config file. @throws {KioskError} `KC_PLUGIN` */
  registry(): Promise<Registry>;
  logger(): Promise<Logger>;
  /**
   * Broker, bucket, models and threads as the settings say; closed when the command ends.
   * @throws {KioskError} `KC_BROKER_UNREACHABLE` and the like if one of `check` does not answer
   */
  ports(check?: OpenedPorts['checks']): Promise<OpenedPorts>;
  /** The broker alone, for commands that look; it has answered. @throws {KioskError} `KC_BROKER_UNREACHABLE` */
  broker(): Promise<Broker>;
  /** Registers a release, run when the command ends, the last one first. */
  onEnd(release: () => Promise<void> | void): void;
}

export interface ContextOptions {
  readonly io: Io;
  readonly global: GlobalOptions;
  /** Settings given on the command line, by flag: `{ '--type': 'image' }`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly mode: 'service' | 'local';
  readonly stopSignals: StopSignals;
  readonly onClosed: () => void;
}

/** The context, and what ends it. */
export function createContext(options: ContextOptions): { context: CommandContext; end: () => Promise<void> } {
  const { io, global, stopSignals } = options;
  let mask = unmasked;
  const releases: (() => Promise<void> | void)[] = [];
  const output = createOutput(io, { color: global.color, mask: () => mask, onClosed: options.onClosed });

  const settings = once(async () => {
    const { loadSettings } = await import('../config/load-settings.js');
    const resolved = await loadSettings({
      cwd: io.cwd,
      environment: io.environment,
      flags: options.flags,
      mode: options.mode,
      configFile: global.config,
    });
    mask = resolved.mask;
    for (const warning of resolved.warnings) output.warn(`${warning}.`);
    return resolved;
  });
  const registry = once(async () => {
    const { loadRegistry } = await import('../plugin/load-registry.js');
    return await loadRegistry((await settings()).settings);
  });
  const logger = once(async () => {
    const { createLogger } = await import('./logger.js');
    return await createLogger({
      io,
      logging: (await settings()).settings.logging,
      color: global.color,
      mask: (text) => mask(text),
    });
  });
  const ports = once(async (check: OpenedPorts['checks'] = []) => {
    const { openPorts } = await import('./open-ports.js');
    const opened = await openPorts({
      resolved: await settings(),
      registry: await registry(),
      logger: await logger(),
      signal: stopSignals.signal,
      check,
    });
    releases.push(() => opened.close());
    return opened;
  });
  const broker = once(async () => {
    const { openTheBroker, withEmbeddedSettings } = await import('./open-ports.js');
    const resolved = await settings();
    const opened = await openTheBroker(resolved, await registry(), ({ message }) => {
      if (global.json !== true) output.message(message);
    });
    releases.push(() => opened.close());
    await opened.ping().catch((error: unknown) => {
      throw withEmbeddedSettings(error, resolved);
    });
    return opened;
  });
  const context: CommandContext = {
    output,
    json: global.json === true,
    verbose: global.verbose === true,
    io,
    signal: stopSignals.signal,
    stopSignals,
    settings,
    registry,
    logger,
    ports,
    broker,
    onEnd: (release) => void releases.push(release),
  };
  return { context, end: () => releaseAll(releases) };
}

function unmasked(text: string): string {
  return text;
}

/** Every release runs, also after one has failed; the first failure is thrown. */
async function releaseAll(releases: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const release of releases.splice(0).toReversed()) {
    try {
      await release();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function once<Args extends unknown[], Result>(
  make: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  let made: Promise<Result> | undefined;
  return (...args) => (made ??= make(...args));
}
