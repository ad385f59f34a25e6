import { spawnSync } from 'node:child_process';

/** How the presence of a tool is seen, where it is not `name --version`. */
const PROBES: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  openssl: ['openssl', 'version'],
  tiffcp: ['tiffcp', '-h'],
  'python3-tifffile': ['/usr/bin/python3', '-c', 'import tifffile'],
  // Of Debian's packages swift-proxy, swift-account, swift-container, swift-object; the first stands for all.
  swift: ['/usr/bin/swift-proxy-server', '--help'],
  'python3-zarr': ['/usr/bin/python3', '-c', 'import zarr'],
  'python3-scipy': ['/usr/bin/python3', '-c', 'import scipy.optimize'],
  'python3-skimage': ['/usr/bin/python3', '-c', 'import skimage'],
};

/**
 * Whether a tool that some tests need is installed. Without it those tests are left out, with a line that says so; in CI,
 * where everything has to be there, they fail instead.
 */
export function requireTool(name: string): boolean {
  const [command, ...args] = PROBES[name] ?? [name, '--version'];
  const { error, status } = spawnSync(command, args, { stdio: 'ignore', timeout: 30_000 });
  // tiffcp has no way to be asked that exits with 0.
  if (!error && (status === 0 || name === 'tiffcp')) return true;
  if (process.env['CI']) throw new Error(`${name} is not installed, and in CI no test may be left out`);
  process.stderr.write(`skipped: tests that need ${name}, which is not installed\n`);
  return false;
}
