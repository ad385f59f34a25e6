import { collectValues, type FoundValue, type ValueSources } from './collect-values.js';
import { maskUrls } from './mask.js';
import { DEFAULT_ORIGIN, tellOrigin, type Origin } from './origin.js';
import { PORT_NAMES, PORT_PARTS, type PortName } from './schema.js';
import type { Setting, SettingValue } from './setting.js';

export interface ComposedPorts {
  /** The URL of each port and where it came from. */
  readonly urls: Readonly<Record<PortName, { readonly url: string; readonly origin: Origin }>>;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

const STRENGTH = ['flag', 'environment', '.env', 'file', 'default'] as const;

/**
 * The three addresses: each port's own setting, or the original's variables where those stand in a stronger layer
 * (the environment beats the config file). In one layer the new name wins, with a warning if the two differ.
 */
export function composePorts(own: ReadonlyMap<string, FoundValue>, sources: ValueSources): ComposedPorts {
  const faults: string[] = [];
  const warnings: string[] = [];
  const entries = PORT_NAMES.map((port) => {
    const direct = own.get(port);
    const parts = partsOf(port, sources);
    const composed = COMPOSE[port](parts.value);
    // Parts that are not used are not judged: a cluster sets variables of such names for services of its own.
    if (direct?.value !== undefined && !isStronger(parts.origin, direct.origin)) {
      const url = String(direct.value);
      if (
        parts.origin.layer !== 'default' &&
        parts.faults.length === 0 &&
        url !== composed &&
        direct.origin.layer !== 'flag'
      ) {
        warnings.push(
          `${tellOrigin(direct.origin)} (${maskUrls(url)}) is used for the ${port}; ${tellOrigin(parts.origin)} says ${composed}`,
        );
      }
      return [port, { url, origin: direct.origin }] as const;
    }
    faults.push(...parts.faults);
    warnings.push(...parts.warnings);
    return [port, { url: composed, origin: parts.origin }] as const;
  });
  return { urls: Object.fromEntries(entries) as ComposedPorts['urls'], faults, warnings };
}

function isStronger(a: Origin, b: Origin): boolean {
  return STRENGTH.indexOf(a.layer) < STRENGTH.indexOf(b.layer);
}

interface Parts {
  readonly value: (key: string) => SettingValue;
  /** The strongest layer that sets one of them. */
  readonly origin: Origin;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

function partsOf(port: PortName, sources: ValueSources): Parts {
  const settings: readonly Setting[] = PORT_PARTS[port];
  const { values, faults, warnings } = collectValues(settings, sources);
  const value = (key: string) =>
    values.get(key)?.value ?? settings.find((setting) => setting.key === key)?.default ?? '';
  const idle = port === 'storage' ? idleBucket(value('CLOUD_PROVIDER')) : undefined;
  const set = [...values]
    .filter(([key, { origin }]) => key !== idle && origin.layer !== 'default')
    .map(([, { origin }]) => origin);
  const layer = STRENGTH.find((candidate) => set.some((origin) => origin.layer === candidate)) ?? 'default';
  const origin = set.length === 0 ? DEFAULT_ORIGIN : { layer, name: set.map(({ name }) => name).join(', ') };
  return { value, origin, faults, warnings: [...warnings, ...warnOfIdleBucket(values, value)] };
}

/** The variable for the bucket of the provider that is not chosen. */
function idleBucket(provider: SettingValue): string {
  return provider === 'aws' ? 'GCLOUD_STORAGE_BUCKET' : 'AWS_S3_BUCKET';
}

/** A bucket for the provider that is not chosen, and none for the one that is: most likely a slip. */
function warnOfIdleBucket(values: ReadonlyMap<string, FoundValue>, value: (key: string) => SettingValue): string[] {
  const provider = value('CLOUD_PROVIDER') === 'aws' ? 'aws' : 'gke';
  const other = provider === 'aws' ? 'gke' : 'aws';
  const idle = values.get(idleBucket(provider));
  const isSlip = idle?.value !== undefined && values.get(idleBucket(other))?.value === undefined;
  return isSlip
    ? [
        `${tellOrigin(idle.origin)} has no effect while CLOUD_PROVIDER is ${provider}; set CLOUD_PROVIDER=${other} to use it`,
      ]
    : [];
}

const COMPOSE: Readonly<Record<PortName, (value: (key: string) => SettingValue) => string>> = {
  broker: (value) => `redis://${host(value('REDIS_HOST'))}:${value('REDIS_PORT')}`,
  storage: (value) =>
    value('CLOUD_PROVIDER') === 'aws' ? `s3://${value('AWS_S3_BUCKET')}` : `gs://${value('GCLOUD_STORAGE_BUCKET')}`,
  models: (value) => `grpc://${host(value('TF_HOST'))}:${value('TF_PORT')}`,
};

/** An IPv6 address stands in brackets in a URL. */
function host(name: SettingValue): string {
  const text = String(name);
  return text.includes(':') && !text.startsWith('[') ? `[${text}]` : text;
}
