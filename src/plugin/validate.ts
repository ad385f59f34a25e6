import { Consumer } from '../consumer/consumer.js';
import { KioskError } from '../errors/kiosk-error.js';
import { PLUGIN_API_VERSION, type Plugin } from './contract.js';

const KNOWN_KEYS = [
  'name',
  'version',
  'apiVersion',
  'consumers',
  'preprocess',
  'postprocess',
  'brokers',
  'stores',
  'models',
];
/** Types stand in queue names, file names and lists: lower case, no blanks, no colon. */
const TYPE_NAME = /^[a-z0-9][a-z0-9_-]*$/;
const SCHEME_NAME = /^[a-z][a-z0-9+.-]*$/;

/**
 * Checks what a plugin exports.
 * @param source how the config file names it
 * @throws {KioskError} `KC_PLUGIN` that names the plugin and each fault
 */
export function validatePlugin(source: string, exported: unknown): Plugin {
  const found = faultsOf(exported);
  if (found.length === 0) return exported as Plugin;
  const name = isRecord(exported) && typeof exported['name'] === 'string' ? exported['name'] : undefined;
  const called = name === undefined || name === source ? `"${source}"` : `"${name}" (${source})`;
  throw new KioskError(
    'KC_PLUGIN',
    found.length === 1
      ? `The plugin ${called} does not fit: ${found[0]}.`
      : `The plugin ${called} does not fit in ${found.length} points.`,
    {
      ...(found.length === 1 ? {} : { details: found }),
      hint: 'its default export should be definePlugin({ name, apiVersion: 1, consumers: { … } })',
      see: 'docs/plugins.md',
    },
  );
}

function faultsOf(exported: unknown): string[] {
  if (!isRecord(exported)) return [`its default export is ${kindOf(exported)}, not an object`];
  const faults: string[] = [];
  const { name, version, apiVersion } = exported;
  if (typeof name !== 'string' || name.trim() === '') faults.push(`name is ${kindOf(name)}; it must be a text`);
  if (version !== undefined && typeof version !== 'string')
    faults.push(`version is ${kindOf(version)}; it must be a text`);
  if (apiVersion !== PLUGIN_API_VERSION) faults.push(versionFault(apiVersion));
  for (const key of Object.keys(exported)) {
    if (!KNOWN_KEYS.includes(key))
      faults.push(`it has a part "${key}", which is not known; there are: ${KNOWN_KEYS.join(', ')}`);
  }
  faults.push(...each(exported, 'consumers', consumerFault));
  for (const part of ['preprocess', 'postprocess'] as const) faults.push(...each(exported, part, functionFault));
  for (const part of ['brokers', 'stores', 'models'] as const) faults.push(...each(exported, part, factoryFault));
  return faults;
}

function versionFault(apiVersion: unknown): string {
  const wanted = `this kiosk-consumer speaks apiVersion ${PLUGIN_API_VERSION}`;
  if (typeof apiVersion !== 'number') return `apiVersion is ${kindOf(apiVersion)}; ${wanted}`;
  return `it is made for apiVersion ${apiVersion}, and ${wanted}; install a version of ${apiVersion > PLUGIN_API_VERSION ? 'kiosk-consumer' : 'the plugin'} that fits`;
}

function each(
  exported: Record<string, unknown>,
  part: string,
  faultOf: (name: string, value: unknown) => string | undefined,
): string[] {
  const entries = exported[part];
  if (entries === undefined) return [];
  if (!isRecord(entries)) return [`${part} is ${kindOf(entries)}; it must be an object`];
  return Object.entries(entries).flatMap(([name, value]) => {
    const fault = faultOf(name, value);
    return fault === undefined ? [] : [`${part}.${name} ${fault}`];
  });
}

function consumerFault(type: string, value: unknown): string | undefined {
  if (!TYPE_NAME.test(type)) return 'is no name of a type; use lower-case letters, digits, "-" and "_"';
  if (typeof value !== 'function') return `is ${kindOf(value)}; it must be a class that extends Consumer`;
  if (isSubclass(value)) return undefined;
  // A class of that name in the chain, and not ours: the plugin brought a second copy of this package.
  return classNames(value).includes('Consumer')
    ? 'extends the Consumer of another copy of kiosk-consumer; make kiosk-consumer a peer dependency of the plugin and install it once'
    : 'does not extend Consumer; import it from "kiosk-consumer"';
}

function isSubclass(value: object): boolean {
  for (let above: unknown = Object.getPrototypeOf(value); above !== null; above = Object.getPrototypeOf(above)) {
    if (above === Consumer) return true;
  }
  return false;
}

function classNames(value: object): string[] {
  const names: string[] = [];
  for (
    let above: unknown = Object.getPrototypeOf(value);
    typeof above === 'function';
    above = Object.getPrototypeOf(above)
  ) {
    names.push(above.name);
  }
  return names;
}

function functionFault(_name: string, value: unknown): string | undefined {
  if (!isRecord(value) || !(value['module'] instanceof URL)) {
    return 'has no module; write { module: new URL("./function.js", import.meta.url) }';
  }
  return undefined;
}

function factoryFault(scheme: string, value: unknown): string | undefined {
  if (!SCHEME_NAME.test(scheme)) return 'is no scheme; write it as in URLs, without the colon';
  return typeof value === 'function' ? undefined : `is ${kindOf(value)}; it must be a function that opens the driver`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object'
    ? 'an object'
    : `${typeof value === 'string' ? 'the text' : `the ${typeof value}`} ${JSON.stringify(value)}`;
}
