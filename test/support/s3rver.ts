import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { freePort } from './free-port.js';
import type { S3Peer } from './s3-peer.js';

/** s3rver, a small S3 server for Node, in a process of its own. It does not check signatures. */
export async function startS3rver(bucket: string): Promise<S3Peer> {
  const folder = await mkdtemp(join(tmpdir(), 's3rver-'));
  const port = await freePort();
  const main = join(dirname(createRequire(import.meta.url).resolve('s3rver/package.json')), 'bin', 's3rver.js');
  const options = ['--directory', folder, '--address', '127.0.0.1', '--port', String(port), '--silent'];
  const child = spawn(process.execPath, [main, ...options, '--configure-bucket', bucket], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + 15_000;
  while ((await fetch(endpoint).catch(() => undefined)) === undefined) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await close();
      throw new TypeError('s3rver did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { endpoint, bucket, accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', close };
}
