import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { isStoreName, packedName } from '../images/zarr/pack-store.js';
import { KioskError } from '../errors/kiosk-error.js';

/** One thing that a command was asked to work on. */
export type Input =
  | {
      readonly kind: 'file';
      /** Of a file, or of the folder of a Zarr store. */
      readonly path: string;
      /**
       * Name for users and results: relative to the directory that was given, with `/`, else the base name. Stores have
       * the name that they get as one file: `a.ozx` for `a.ome.zarr`.
       */
      readonly name: string;
    }
  | { readonly kind: 'key'; readonly key: string };

/** What a directory is searched for. Other files can be named one by one. */
const IMAGE_SUFFIXES = new Set(['.tif', '.tiff', '.png', '.jpg', '.jpeg', '.ozx', '.zip', '.trk', '.trks']);
const KEY_PREFIXES = ['uploads/', 'output/'];

/**
 * What arguments mean: an existing path is a file, a Zarr store, or a directory whose images are taken, in order of their
 * names, stores in it by their suffix `.zarr`; a pattern (`*.tif`) stands for the files it matches; `uploads/…`, `output/…` and URLs are keys of the bucket.
 * @throws {KioskError} `KC_USAGE` naming every argument that means nothing
 */
export async function expandInputs(args: readonly string[]): Promise<Input[]> {
  const inputs: Input[] = [];
  const faults: string[] = [];
  for (const arg of args) {
    const found = await expand(arg);
    if (found.length === 0) faults.push(arg);
    inputs.push(...found);
  }
  if (faults.length > 0) {
    throw new KioskError('KC_USAGE', `Nothing was found for ${faults.map((arg) => `"${arg}"`).join(', ')}.`, {
      hint: `Name files, directories with images (${[...IMAGE_SUFFIXES].join(' ')}), patterns in quotes, or keys like uploads/image.tif.`,
    });
  }
  return inputs;
}

async function expand(arg: string): Promise<Input[]> {
  const info = await stat(arg).catch(() => undefined);
  if (info?.isDirectory()) return (await isStore(arg)) ? [inputAt(resolve(arg))] : await imagesIn(arg);
  if (info) return [inputAt(resolve(arg))];
  if (/^[a-z0-9+]+:\/\//i.test(arg) || KEY_PREFIXES.some((prefix) => arg.startsWith(prefix)))
    return [{ kind: 'key', key: arg }];
  return await matching(arg);
}

async function imagesIn(directory: string): Promise<Input[]> {
  const files = await search('**/*', directory);
  return files
    .filter((path) => isStoreName(path) || IMAGE_SUFFIXES.has(extname(path).toLowerCase()))
    .map((path) => inputAt(join(resolve(directory), path), path));
}

async function matching(pattern: string): Promise<Input[]> {
  const files = await search(pattern.split(sep).join('/'), process.cwd());
  return files.map((path) => inputAt(resolve(path)));
}

function inputAt(path: string, name = basename(path)): Input {
  return { kind: 'file', path, name: packedName(name) };
}

/** A folder that is one Zarr store, whatever it is called. */
async function isStore(directory: string): Promise<boolean> {
  const names = new Set(await readdir(directory));
  return ['.zgroup', '.zattrs', '.zarray', 'zarr.json'].some((mark) => names.has(mark));
}

/** Files and stores relative to `cwd`, with `/`, in order of their names; nothing of what is in a store. */
async function search(pattern: string, cwd: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const options = { cwd, dot: false, expandDirectories: false, ignore: ['**/*.zarr/*', '**/*.zarr/*/**'] };
  const files = await glob(pattern, { ...options, onlyFiles: true });
  const folders = await glob(pattern, { ...options, onlyDirectories: true });
  return [...files, ...folders.filter((path) => /\.zarr\/?$/i.test(path))]
    .map((path) => relative(cwd, resolve(cwd, path)).split(sep).join('/'))
    .toSorted();
}
