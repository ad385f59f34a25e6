import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KioskError } from '../errors/kiosk-error.js';

export interface Dotenv {
  readonly file: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The variables of the `.env` in a folder, which is the config file's, else the working directory. They are given to
 * nobody: the environment stays as it is.
 * @returns undefined if there is none
 * @throws {KioskError} `KC_CONFIG_FILE` if it cannot be read
 */
export async function loadDotenv(folder: string): Promise<Dotenv | undefined> {
  const file = join(folder, '.env');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw new KioskError(
      'KC_CONFIG_FILE',
      `${file} cannot be read.`,
      { hint: 'make it readable, or remove it' },
      { cause: error },
    );
  }
  const { parse } = await import('dotenv');
  return { file, values: parse(text) };
}
