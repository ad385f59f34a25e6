import { KioskError } from '../../errors/kiosk-error.js';

/** A package to be made, and the job type that it brings. */
export interface PluginNames {
  /** As npm knows it. */
  readonly packageName: string;
  readonly type: string;
  /** Of the consumer class. */
  readonly className: string;
}

const PREFIX = 'kiosk-consumer-plugin-';
/** npm's rules for new packages, in lower case anyway: no leading dot or underscore, nothing that a URL would change. */
const PACKAGE_NAME = /^(?:@[a-z0-9-][a-z0-9-._]*\/)?[a-z0-9-][a-z0-9-._]*$/u;
const LONGEST_NAME = 214;
const TYPE_NAME = /^[a-z0-9][a-z0-9_-]*$/u;

/**
 * What a plugin is called.
 * @param name with or without `kiosk-consumer-plugin-`, which is put in front where it is missing, behind a scope
 * @param type default: what the name says beyond that
 * @throws {KioskError} `KC_USAGE` with the name that was most likely meant
 */
export function pluginNames(name: string, type?: string): PluginNames {
  const packageName = withPrefix(name);
  if (!PACKAGE_NAME.test(packageName) || packageName.length > LONGEST_NAME) throw badName(name);
  const own = packageName.slice(packageName.indexOf(PREFIX) + PREFIX.length);
  if (own === '') throw badName(name);
  const typeName = type ?? own.replaceAll(/[^a-z0-9_-]/gu, '-').replace(/^[_-]+/u, '');
  if (!TYPE_NAME.test(typeName)) throw badType(typeName);
  return { packageName, type: typeName, className: classNameOf(typeName) };
}

function withPrefix(name: string): string {
  const own = name.startsWith('@') ? name.indexOf('/') + 1 : 0;
  const rest = name.slice(own);
  return `${name.slice(0, own)}${rest.startsWith(PREFIX) ? rest : `${PREFIX}${rest}`}`;
}

function classNameOf(type: string): string {
  const words = type.split(/[_-]+/u).filter((word) => word !== '');
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^\d/u.test(joined) ? `Job${joined}` : joined;
}

function badName(name: string): KioskError {
  const near = withPrefix(plain(name.replace(/^@[^/]*\//u, '')) || 'my-type');
  return new KioskError('KC_USAGE', `"${name}" cannot be the name of an npm package.`, {
    details: [
      'lower-case letters, digits, "-", "." and "_" are accepted, behind a scope such as "@lab/" or without one',
    ],
    hint: `name it ${near}, say`,
  });
}

function badType(type: string): KioskError {
  return new KioskError('KC_USAGE', `"${type}" cannot be a job type.`, {
    details: ['types stand in names of queues: lower-case letters, digits, "-" and "_" are accepted'],
    hint: `--type ${plain(type) || 'my-type'}, say`,
  });
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '');
}
