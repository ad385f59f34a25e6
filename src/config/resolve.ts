import { availableParallelism, hostname } from 'node:os';
import { basename } from 'node:path';
import { KioskError } from '../errors/kiosk-error.js';
import { BUNDLED_MODEL } from '../models/bundled.js';
import { buildSettings } from './build-settings.js';
import { collectValues, type FoundValue, type ValueSources } from './collect-values.js';
import { composePorts } from './compose-ports.js';
import type { Dotenv } from './dotenv.js';
import { flattenConfig } from './flatten-config.js';
import { checkFreeKeys } from './free-keys.js';
import type { LoadedConfig } from './load.js';
import { createMask, secretsOfUrl } from './mask.js';
import { resolvePath } from './resolve-path.js';
import { DEFAULT_ORIGIN, type Origin } from './origin.js';
import { IGNORED_VARIABLES, PORT_NAMES, SETTINGS, type PortName } from './schema.js';
import type { Setting, SettingValue } from './setting.js';
import type { Settings } from './settings.js';

export interface ResolveInput {
  readonly cwd: string;
  readonly config: LoadedConfig | undefined;
  readonly dotenv: Dotenv | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By flag name, `--queue`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** `local`: for `run`, which needs no model server set and waits less. */
  readonly mode: 'service' | 'local';
}

/** A setting with its value and where that came from. */
export interface ResolvedValue {
  readonly setting: Setting;
  readonly value: SettingValue | undefined;
  readonly origin: Origin;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly values: readonly ResolvedValue[];
  /** Oddities that do not stop anything, a sentence each. */
  readonly warnings: readonly string[];
  /** Ports of which nothing is set anywhere. */
  readonly portsByDefault: readonly PortName[];
  /** Masks every secret of these settings in a text. */
  readonly mask: (text: string) => string;
}

/** A job of `run` fails early: somebody is waiting at a terminal. */
const LOCAL_MAX_WAIT_SECONDS = 30;

/**
 * One set of settings out of all sources: flag over environment over `.env` over config file over default.
 * @throws {KioskError} `KC_CONFIG` that lists every fault there is
 */
export function resolveSettings(input: ResolveInput): ResolvedSettings {
  const { config, dotenv } = input;
  const flat = flattenConfig(config?.config ?? {});
  const free = checkFreeKeys(config?.config ?? {});
  const sources: ValueSources = {
    flags: input.flags,
    environment: input.environment,
    dotenv: dotenv?.values ?? {},
    file: flat.values,
    fileName: config ? basename(config.file) : 'the config file',
  };
  const found = collectValues(SETTINGS, sources);
  const ports = composePorts(found.values, sources);
  const values = fillIn(found.values, ports.urls, input);
  const byKey = new Map(values.map((resolved) => [resolved.setting.key, resolved.value]));
  const faults = [
    ...found.faults.filter((fault) => !fault.startsWith('DEBUG ')),
    ...ports.faults,
    ...flat.faults.map((fault) => `${sources.fileName}: ${fault}`),
    ...free.faults.map((fault) => `${sources.fileName}: ${fault}`),
    ...contradictions(byKey),
  ];
  if (faults.length > 0) throw faultReport(faults);

  const baseFolder = config?.folder ?? input.cwd;
  return {
    settings: buildSettings({
      value: (key) => byKey.get(key),
      baseFolder,
      configFile: config?.file,
      free: free.values,
    }),
    values,
    warnings: [...found.warnings, ...ports.warnings, ...ignoredVariables(sources)],
    portsByDefault: PORT_NAMES.filter((port) => ports.urls[port].origin.layer === 'default'),
    mask: createMask(secretsOf(values)),
  };
}

/** Puts the addresses in their place and fills in defaults, also those that are worked out. */
function fillIn(
  found: ReadonlyMap<string, FoundValue>,
  urls: ReturnType<typeof composePorts>['urls'],
  input: ResolveInput,
): ResolvedValue[] {
  const type = String(found.get('type')?.value ?? 'image');
  const baseFolder = input.config?.folder ?? input.cwd;
  const isLocal = input.mode === 'local';
  return SETTINGS.map((setting) => {
    const { value, origin } = found.get(setting.key) ?? { value: undefined, origin: DEFAULT_ORIGIN };
    if (isPort(setting.key)) {
      const { url, origin: urlOrigin } = urls[setting.key];
      const isUnset = isLocal && setting.key === 'models' && urlOrigin.layer === 'default';
      return { setting, value: isUnset ? undefined : resolvePath(url, baseFolder), origin: urlOrigin };
    }
    if (origin.layer !== 'default') return { setting, value, origin };
    if (setting.key === 'logging.level' && found.get('DEBUG')?.value === true) {
      return { setting, value: 'debug', origin: found.get('DEBUG')!.origin };
    }
    return {
      setting,
      value: workedOut(setting.key, found, urls.models, isLocal) ?? setting.defaultFor?.[type] ?? setting.default,
      origin,
    };
  });
}

/** Defaults that depend on the machine, on the command, or on other settings. */
function workedOut(
  key: string,
  found: ReadonlyMap<string, FoundValue>,
  models: ReturnType<typeof composePorts>['urls'][PortName],
  isLocal: boolean,
): SettingValue | undefined {
  switch (key) {
    case 'modelSettings.nuclear': {
      const isBundled = models.url === 'onnx:bundled' || (isLocal && models.origin.layer === 'default');
      return isBundled ? BUNDLED_MODEL : undefined;
    }
    case 'hostname':
      return hostname().replaceAll(/[:/\s]/g, '-');
    case 'modelSettings.mesmer':
      return found.get('modelSettings.multiplex')?.value ?? defaultOf('modelSettings.multiplex');
    case 'modelSettings.minScale':
      return 1 / Number(found.get('modelSettings.maxScale')?.value ?? 3);
    case 'limits.maxWaitSeconds':
      return isLocal ? LOCAL_MAX_WAIT_SECONDS : undefined;
    case 'limits.threads':
      // One core is left to the event loop.
      return Math.max(1, availableParallelism() - 1);
    case 'models.threads':
      return availableParallelism();
    default:
      return undefined;
  }
}

function defaultOf(key: string): SettingValue | undefined {
  return SETTINGS.find((setting) => setting.key === key)?.default;
}

function isPort(key: string): key is PortName {
  return (PORT_NAMES as readonly string[]).includes(key);
}

/** Values that are fine alone but not together. */
function contradictions(values: ReadonlyMap<string, SettingValue | undefined>): string[] {
  const number = (key: string) => Number(values.get(key));
  const faults: string[] = [];
  if (number('limits.renewSeconds') * 2 > number('limits.leaseSeconds')) {
    faults.push(
      `limits.renewSeconds is ${number('limits.renewSeconds')} and limits.leaseSeconds ${number('limits.leaseSeconds')}; ` +
        'a lease must hold at least twice as long as the pause between two renewals',
    );
  }
  if (number('modelSettings.minScale') > number('modelSettings.maxScale')) {
    faults.push(
      `MIN_SCALE is ${number('modelSettings.minScale')} and MAX_SCALE ${number('modelSettings.maxScale')}; MIN_SCALE must not be the larger one`,
    );
  }
  const certificate = values.get('models.tls.clientCertificateFile');
  const key = values.get('models.tls.clientKeyFile');
  if ((certificate === undefined) !== (key === undefined)) {
    faults.push('models.tls has only one of clientCertificateFile and clientKeyFile; set both or neither');
  }
  return faults;
}

function faultReport(faults: readonly string[]): KioskError {
  const [only] = faults;
  const message = faults.length === 1 ? `A setting is wrong: ${only}.` : `${faults.length} settings are wrong.`;
  return new KioskError('KC_CONFIG', message, {
    ...(faults.length === 1 ? {} : { details: faults }),
    hint: faults.length === 1 ? 'correct it and start again' : 'correct them and start again',
    see: 'docs/settings.md',
  });
}

function ignoredVariables({ environment, dotenv }: ValueSources): string[] {
  return Object.entries(IGNORED_VARIABLES)
    .filter(([name]) => Boolean(environment[name]) || Boolean(dotenv[name]))
    .map(([name, reason]) => `${name} has no effect: ${reason}`);
}

function secretsOf(values: readonly ResolvedValue[]): string[] {
  return values.flatMap(({ setting, value }) => {
    if (typeof value !== 'string') return [];
    return setting.secret ? [value] : secretsOfUrl(value);
  });
}
