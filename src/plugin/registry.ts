import type { BrokerFactory } from '../broker/open.js';
import type { FunctionModule, PluginFunctions } from '../consumer/context.js';
import { checkOptions, RUNTIME_OPTIONS, type OptionSpecs, type OptionValues } from '../consumer/options.js';
import { KioskError } from '../errors/kiosk-error.js';
import { nearestName } from '../errors/nearest-name.js';
import type { ModelsFactory } from '../models/open.js';
import type { StorageFactory } from '../storage/open.js';
import type { ConsumerClass } from './contract.js';
import type { LoadedPlugin } from './discover.js';

/** A consumer class with the plugin that brings it. */
export interface Offer {
  readonly type: string;
  readonly class: ConsumerClass;
  readonly plugin: LoadedPlugin;
  /** The queue of this type unless a setting says otherwise. */
  readonly defaultQueue: string;
  /** Added to the name of the queue. */
  readonly queueSuffix: string;
}

/** Everything that the loaded plugins offer, by name. */
export interface Registry {
  readonly plugins: readonly LoadedPlugin[];
  readonly types: readonly string[];
  /** @throws {KioskError} `KC_TYPE_UNKNOWN` with the types there are and the nearest name */
  consumerFor(type: string): Offer;
  /**
   * The options of one type, checked by its class, with defaults.
   * @throws {KioskError} `KC_CONFIG` that lists every fault in any type's options
   */
  optionsFor(type: string, consumers: Readonly<Record<string, Readonly<Record<string, unknown>>>>): OptionValues;
  readonly functions: PluginFunctions;
  /** Drivers for further URL schemes, by scheme without the colon. */
  readonly schemes: {
    readonly brokers: ReadonlyMap<string, BrokerFactory>;
    readonly stores: ReadonlyMap<string, StorageFactory>;
    readonly models: ReadonlyMap<string, ModelsFactory>;
  };
}

/**
 * Puts what plugins offer side by side, in the order given: built-in ones first.
 * @throws {KioskError} `KC_PLUGIN` if two offer the same type, function or scheme, naming both
 */
export function createRegistry(plugins: readonly LoadedPlugin[]): Registry {
  const clashes: string[] = [];
  const gather = <Value>(what: string, pick: (loaded: LoadedPlugin) => Readonly<Record<string, Value>> | undefined) => {
    const found = new Map<string, { readonly value: Value; readonly plugin: LoadedPlugin }>();
    for (const plugin of plugins) {
      for (const [name, value] of Object.entries(pick(plugin) ?? {})) {
        const earlier = found.get(name);
        if (earlier) clashes.push(`${what} "${name}" is offered by ${tell(earlier.plugin)} and by ${tell(plugin)}`);
        else found.set(name, { value, plugin });
      }
    }
    return found;
  };
  const consumers = gather('type', ({ plugin }) => plugin.consumers);
  const preprocess = valuesOf(gather('preprocess function', ({ plugin }) => plugin.preprocess));
  const postprocess = valuesOf(gather('postprocess function', ({ plugin }) => plugin.postprocess));
  const schemes = {
    brokers: valuesOf(gather('broker scheme', ({ plugin }) => plugin.brokers)),
    stores: valuesOf(gather('storage scheme', ({ plugin }) => plugin.stores)),
    models: valuesOf(gather('models scheme', ({ plugin }) => plugin.models)),
  };
  if (clashes.length > 0) throw clashReport(clashes);

  const types = [...consumers.keys()];
  const offers = new Map(
    [...consumers].map(([type, { value, plugin }]): [string, Offer] => [
      type,
      { type, class: value, plugin, defaultQueue: value.defaultQueue ?? type, queueSuffix: value.queueSuffix ?? '' },
    ]),
  );
  const registry: Registry = {
    plugins,
    types,
    consumerFor: (type) => offers.get(type) ?? unknownType(type, types),
    optionsFor: (type, given) => checkedOptions(registry.consumerFor(type), offers, given),
    functions: { preprocess: byName(preprocess), postprocess: byName(postprocess) },
    schemes,
  };
  return registry;
}

function valuesOf<Value>(found: ReadonlyMap<string, { readonly value: Value }>): Map<string, Value> {
  return new Map([...found].map(([name, { value }]) => [name, value]));
}

function byName(functions: ReadonlyMap<string, FunctionModule>): Readonly<Record<string, FunctionModule>> {
  return Object.freeze(Object.fromEntries(functions));
}

function tell({ plugin, source, reference }: LoadedPlugin): string {
  return source === 'built-in'
    ? `the built-in plugin "${plugin.name}"`
    : `"${plugin.name}" (${source === 'inline' ? 'inline' : reference})`;
}

function clashReport(clashes: readonly string[]): KioskError {
  return new KioskError(
    'KC_PLUGIN',
    clashes.length === 1 ? `The ${clashes[0]}.` : `Plugins are at odds in ${clashes.length} points.`,
    {
      ...(clashes.length === 1 ? {} : { details: clashes }),
      hint: 'take one of the two out of "plugins" in the config file',
      see: 'docs/plugins.md',
    },
  );
}

function unknownType(type: string, types: readonly string[]): never {
  const near = nearestName(type, types);
  throw new KioskError('KC_TYPE_UNKNOWN', `No plugin offers the type "${type}".`, {
    details: [`there are: ${types.join(', ') || 'none'}`],
    hint:
      near === undefined
        ? 'name one of these (--type, CONSUMER_TYPE), or add its plugin to "plugins" in the config file'
        : `did you mean ${near}? Else add its plugin to "plugins" in the config file`,
    see: 'docs/plugins.md',
  });
}

function checkedOptions(
  offer: Offer,
  offers: ReadonlyMap<string, Offer>,
  given: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): OptionValues {
  const faults: string[] = [];
  for (const [type, options] of Object.entries(given)) {
    const known = offers.get(type);
    if (known) faults.push(...checkOptions(`consumers.${type}`, specsOf(known), options).faults);
    else {
      const near = nearestName(type, offers.keys());
      faults.push(
        `consumers.${type}: no plugin offers this type${near === undefined ? '' : `; did you mean ${near}?`}`,
      );
    }
  }
  if (faults.length > 0) {
    throw new KioskError(
      'KC_CONFIG',
      faults.length === 1 ? `A setting is wrong: ${faults[0]}.` : `${faults.length} settings are wrong.`,
      {
        ...(faults.length === 1 ? {} : { details: faults }),
        hint: '`kiosk-consumer plugins list` shows the options of each type',
        see: 'docs/settings.md',
      },
    );
  }
  return checkOptions(`consumers.${offer.type}`, specsOf(offer), given[offer.type] ?? {}).values;
}

/** The options of a consumer, and those that every one has. */
function specsOf(offer: Offer): OptionSpecs {
  return { ...offer.class.options, ...RUNTIME_OPTIONS };
}
