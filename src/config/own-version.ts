import { readFileSync } from 'node:fs';

/** The version of this package, from the `package.json` above the compiled or the source file. */
export function ownVersion(): string {
  for (const path of ['../../../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<
        string,
        unknown
      >;
      if (name === 'kiosk-consumer' && typeof version === 'string') return version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
