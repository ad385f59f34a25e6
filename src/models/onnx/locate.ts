import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { KioskError } from '../../errors/kiosk-error.js';
import type { ModelId } from '../contract.js';

/** A model file, and what tells whether it is still the same one. */
export interface ModelFile {
  readonly id: ModelId & { readonly version: string };
  /** `<root>/<name>/<version>`. */
  readonly folder: string;
  readonly file: string;
  readonly modifiedMs: number;
  readonly bytes: number;
}

const MODEL_FILE = 'model.onnx';

/** No separators, no leading dot: a name can only be a folder right below the root. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_. -]*$/;
const VERSION = /^\d+$/;

/**
 * Finds `<root>/<name>/<version>/model.onnx`; without a version the one with the highest number.
 * @throws {KioskError} `KC_MODEL_UNKNOWN` that lists the models or versions there are
 */
export async function locateModel(root: string, { name, version }: ModelId): Promise<ModelFile> {
  if (!NAME.test(name)) throw unknown(`"${name}" is not the name of a model`, await listModels(root));
  const versions = await listVersions(path.join(root, name));
  if (versions.length === 0)
    throw unknown(`the model ${name}:${version ?? 'newest'} is not in ${root}`, await listModels(root));
  const wanted = version === undefined ? versions.at(-1) : versions.find((each) => each === version);
  if (wanted === undefined) {
    throw unknown(
      `the model ${name}:${version} is not in ${root}, other versions of it are`,
      versions.map((each) => `${name}:${each}`),
    );
  }
  const folder = path.join(root, name, wanted);
  const file = path.join(folder, MODEL_FILE);
  const { mtimeMs, size } = await stat(file);
  return { id: { name, version: wanted }, folder, file, modifiedMs: mtimeMs, bytes: size };
}

/** All models below `root` as `name:version`, newest version of each. @throws {KioskError} `KC_MODEL_UNREACHABLE` */
export async function listModels(root: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(root);
  } catch (cause) {
    throw new KioskError(
      'KC_MODEL_UNREACHABLE',
      `The folder of models cannot be read: ${root}.`,
      {
        hint: 'set models (MODEL_SERVER) to onnx:FOLDER, with FOLDER/<Name>/<version>/model.onnx below it',
      },
      { cause },
    );
  }
  const models: string[] = [];
  for (const name of entries.toSorted()) {
    const newest = NAME.test(name) ? (await listVersions(path.join(root, name))).at(-1) : undefined;
    if (newest !== undefined) models.push(`${name}:${newest}`);
  }
  return models;
}

/** Versions that hold a model file, ascending. */
async function listVersions(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  const versions: string[] = [];
  for (const version of entries.filter((entry) => VERSION.test(entry))) {
    const found = await stat(path.join(folder, version, MODEL_FILE)).catch(() => undefined);
    if (found?.isFile()) versions.push(version);
  }
  return versions.toSorted((a, b) => Number(a) - Number(b));
}

function unknown(what: string, known: readonly string[]): KioskError {
  return new KioskError('KC_MODEL_UNKNOWN', `${what[0]!.toUpperCase()}${what.slice(1)}.`, {
    details: [`models: ${known.join(', ') || 'none'}`],
    hint: 'correct the name:version of the model, or put it at FOLDER/<Name>/<version>/model.onnx',
  });
}
