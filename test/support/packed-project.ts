import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './pages.js';

const run = promisify(execFile);
const SCRIPT_TIMEOUT_MS = 120_000;

/** What `npm pack` makes of a folder. @returns path of the archive */
export async function pack(source: string, target: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], {
    cwd: source,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return join(target, filename);
}

/**
 * Puts packed packages, by name, into a project's `node_modules` as npm does, without a network: what `kiosk-consumer` depends on,
 * and the tools named, are linked from this repository's own.
 */
export async function installPacked(
  project: string,
  packages: ReadonlyMap<string, string>,
  tools: readonly string[] = [],
): Promise<void> {
  const modules = join(project, 'node_modules');
  for (const [name, archive] of packages) {
    await mkdir(join(modules, name), { recursive: true });
    await run('tar', ['-xzf', archive, '-C', join(modules, name), '--strip-components=1']);
  }
  const manifest = JSON.parse(await readFile(join(modules, 'kiosk-consumer/package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const names = Object.keys({ ...manifest['dependencies'], ...manifest['optionalDependencies'] });
  for (const name of [...names, ...tools]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
}

/** What a TypeScript package needs to be built and tested. */
const TOOLS = ['typescript', '@typescript', '@types/node', 'undici-types'];

/** As {@link installPacked}, for a package that is built there. */
export async function installForDevelopment(project: string, packages: ReadonlyMap<string, string>): Promise<void> {
  await installPacked(project, packages, TOOLS);
  const bin = join(project, 'node_modules/.bin');
  await mkdir(bin);
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  await writeFile(join(bin, 'tsc'), `#!/bin/sh\nexec node '${compiler}' "$@"\n`, { mode: 0o755 });
}

/** A script of the project, as `npm run` does it. @throws {TypeError} with what it wrote, if it fails */
export async function npmRun(project: string, script: string, args: readonly string[] = []): Promise<string> {
  try {
    return (await run('npm', ['run', script, '--', ...args], { cwd: project, timeout: SCRIPT_TIMEOUT_MS })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new TypeError(`npm run ${script} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}
