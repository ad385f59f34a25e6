import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Name and version in the `package.json` nearest above a file; undefined if there is none with a name. */
export async function packageOf(file: string): Promise<{ name: string; version: string | undefined } | undefined> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) {
      const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
      if (typeof name === 'string') return { name, version: typeof version === 'string' ? version : undefined };
    }
    if (dirname(folder) === folder) return undefined;
  }
}
