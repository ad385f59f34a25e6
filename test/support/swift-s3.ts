import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port.js';
import type { S3Peer } from './s3-peer.js';

/**
 * OpenStack Swift with its S3 layer, from Debian's packages `swift swift-proxy swift-account swift-container swift-object
 * memcached`: an S3 server that checks signatures strictly and knows nothing of the SDK's newer checksums. Four servers
 * and memcached on free ports of localhost, one device, everything in a temporary folder (which needs user xattrs).
 */
export async function startSwift(bucket: string): Promise<S3Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'swift-'));
  const ports = {
    proxy: await freePort(),
    account: await freePort(),
    container: await freePort(),
    object: await freePort(),
  };
  const cache = await freePort();
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(children.map(stop));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await mkdir(join(folder, 'devices', 'd1'), { recursive: true });
    await writeFile(
      join(folder, 'swift.conf'),
      '[swift-hash]\nswift_hash_path_suffix = test\nswift_hash_path_prefix = test\n',
    );
    makeRings(folder, ports);
    children.push(spawn('memcached', ['-u', 'nobody', '-l', '127.0.0.1', '-p', String(cache)], { stdio: 'ignore' }));
    for (const kind of ['account', 'container', 'object', 'proxy'] as const) {
      const conf = join(folder, `${kind}.conf`);
      await writeFile(
        conf,
        kind === 'proxy' ? proxyConf(folder, ports.proxy, cache) : storageConf(folder, kind, ports[kind]),
      );
      children.push(spawn(PYTHON, ['-c', LAUNCH, folder, conf, `${kind}-server`], { stdio: 'ignore' }));
    }
    const endpoint = `http://127.0.0.1:${ports.proxy}`;
    await answering(`${endpoint}/healthcheck`, children);
    const peer = { endpoint, bucket, accessKeyId: 'test:tester', secretAccessKey: 'testing', close };
    const client = clientOf(peer);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return peer;
  } catch (error) {
    await close();
    throw error;
  }
}

/** The SDK's own client, to look at the server past the program. */
export function clientOf({ endpoint, accessKeyId, secretAccessKey }: S3Peer): S3Client {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
}

/** Debian's own, for which its packages are; another Python may come first in PATH. */
const PYTHON = '/usr/bin/python3';

/** Swift reads `swift.conf` from a fixed folder unless told before anything else is loaded. */
const LAUNCH = `
import sys
from swift.common import utils
utils.set_swift_dir(sys.argv[1])
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[2], sys.argv[3]))
`;

const MAKE_RINGS = `
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(('account', 'container', 'object'), sys.argv[2:]):
    builder = RingBuilder(6, 1, 1)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'd1', 'weight': 1.0,
                     'replication_ip': '127.0.0.1', 'replication_port': int(port), 'meta': ''})
    builder.rebalance()
    builder.get_ring().save(sys.argv[1] + '/' + kind + '.ring.gz')
`;

function makeRings(folder: string, ports: { account: number; container: number; object: number }): void {
  const numbers = [ports.account, ports.container, ports.object].map(String);
  const made = spawnSync(PYTHON, ['-c', MAKE_RINGS, folder, ...numbers], { encoding: 'utf8' });
  if (made.status !== 0) throw new TypeError(`swift's rings could not be made: ${made.stderr}`);
}

function storageConf(folder: string, kind: string, port: number): string {
  return [
    '[DEFAULT]',
    `bind_ip = 127.0.0.1`,
    `bind_port = ${port}`,
    `devices = ${folder}/devices`,
    `swift_dir = ${folder}`,
    'mount_check = false',
    'workers = 0',
    `user = ${userInfo().username}`,
    '[pipeline:main]',
    `pipeline = ${kind}-server`,
    `[app:${kind}-server]`,
    `use = egg:swift#${kind}`,
    '',
  ].join('\n');
}

function proxyConf(folder: string, port: number, cache: number): string {
  return [
    '[DEFAULT]',
    'bind_ip = 127.0.0.1',
    `bind_port = ${port}`,
    `swift_dir = ${folder}`,
    'workers = 0',
    `user = ${userInfo().username}`,
    '[pipeline:main]',
    'pipeline = catch_errors healthcheck proxy-logging cache s3api tempauth copy slo dlo proxy-logging proxy-server',
    '[app:proxy-server]',
    'use = egg:swift#proxy',
    'account_autocreate = true',
    'allow_account_management = true',
    '[filter:cache]',
    'use = egg:swift#memcache',
    `memcache_servers = 127.0.0.1:${cache}`,
    '[filter:s3api]',
    'use = egg:swift#s3api',
    's3_acl = false',
    '[filter:tempauth]',
    'use = egg:swift#tempauth',
    'user_test_tester = testing .admin',
    ...['catch_errors', 'healthcheck', 'proxy-logging', 'copy', 'slo', 'dlo'].flatMap((name) => [
      `[filter:${name}]`,
      `use = egg:swift#${name.replace('-', '_')}`,
    ]),
    '',
  ].join('\n');
}

async function answering(url: string, children: readonly ChildProcess[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (children.some((child) => child.exitCode !== null)) throw new TypeError('a server of swift ended at its start');
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new TypeError(`swift did not answer at ${url} within 30 s`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
