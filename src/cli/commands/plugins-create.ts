import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ownVersion } from '../../config/own-version.js';
import { KioskError } from '../../errors/kiosk-error.js';
import type { CommandContext } from '../command-context.js';
import type { CreateOptions } from '../command-options.js';
import { packageFiles } from '../scaffold/package-files.js';
import { pluginNames } from '../scaffold/package-name.js';
import { sourceFiles } from '../scaffold/source-files.js';

/** Writes a package that builds, tests and publishes as it is. Nothing that is there is overwritten. */
export async function pluginsCreate(context: CommandContext, name: string, options: CreateOptions): Promise<number> {
  const { output, io } = context;
  const names = pluginNames(name, options.type);
  const folder = resolve(io.cwd, options.dir ?? basename(names.packageName));
  await refuseFilled(folder);
  const files = { ...packageFiles(names, ownVersion(), new Date().getFullYear()), ...sourceFiles(names) };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: 'wx' });
  }
  if (context.json) {
    output.json({ name: names.packageName, type: names.type, folder, files: Object.keys(files) });
    return 0;
  }
  const shown = relative(io.cwd, folder) || '.';
  for (const path of Object.keys(files)) output.line(join(shown, path));
  output.message(`${names.packageName} is made. Next: cd ${shown} && npm install && npm test`);
  return 0;
}

async function refuseFilled(folder: string): Promise<void> {
  let content: string[];
  try {
    content = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new KioskError('KC_USAGE', `${folder} is not a folder that can be used.`, {}, { cause: error });
  }
  if (content.length === 0) return;
  throw new KioskError('KC_USAGE', `${folder} is there already and not empty; nothing was written.`, {
    hint: 'give another folder with --dir',
  });
}
