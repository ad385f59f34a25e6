import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './pages.js';

const run = promisify(execFile);

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

/** A script of the project, as `npm run` does it. */
export async function npmRun(project: string, script: string, timeoutMs = 120_000): Promise<{ stdout: string }> {
  return await run('npm', ['run', script], { cwd: project, timeout: timeoutMs });
}
