import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One import of a file. */
export interface Import {
  /** Path from the repository's root: `src/cli/main.ts`. */
  readonly from: string;
  /** The same for a file of ours; the package's name for another; `node:fs` for a part of Node. */
  readonly to: string;
  readonly isOurs: boolean;
  /** `static` costs time when the importing file is loaded, `lazy` when it is first needed, `type` never. */
  readonly kind: 'static' | 'lazy' | 'type';
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const STATEMENT = /^\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

/** The TypeScript files below some folders, by path from the root. */
export function sourceFiles(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) => listFiles(join(ROOT, folder))).toSorted();
}

/** A file's text without comments, so that examples in them count for nothing. */
export function sourceText(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

export function importsOf(file: string): Import[] {
  const text = sourceText(file);
  const found: Import[] = [];
  for (const [statement, , type, target] of text.matchAll(STATEMENT)) {
    // `import { type A, type B }` is erased as a whole, too: each name in it is a type.
    const names = /\{([^}]*)\}/
      .exec(statement)?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const isErased = type !== undefined || (names?.every((name) => name.startsWith('type ')) ?? false);
    found.push(resolve(file, target!, isErased ? 'type' : 'static'));
  }
  for (const [, target] of text.matchAll(DYNAMIC)) found.push(resolve(file, target!, 'lazy'));
  return found;
}

/** The packages of others that loading a file loads, through all the files of ours that it imports. */
export function packagesLoadedWith(file: string): string[] {
  const seen = new Set<string>([file]);
  const packages = new Set<string>();
  for (const current of seen) {
    for (const { to, isOurs, kind } of importsOf(current)) {
      if (kind !== 'static') continue;
      if (isOurs) seen.add(to);
      else if (!to.startsWith('node:')) packages.add(to);
    }
  }
  return [...packages].toSorted();
}

function resolve(from: string, target: string, kind: Import['kind']): Import {
  if (target.startsWith('.')) {
    const to = join(dirname(from), target).replace(/\.js$/, '.ts');
    return { from, to, isOurs: true, kind };
  }
  const [scope, name] = target.split('/');
  return {
    from,
    to: target.startsWith('@') ? `${scope}/${name}` : target.startsWith('node:') ? target : scope!,
    isOurs: false,
    kind,
  };
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => relative(ROOT, join(folder, file)));
}
