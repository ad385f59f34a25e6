import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openBroker } from '../../src/broker/open.js';
import { as, push, take } from '../conformance/broker/jobs.js';
import { freePort } from '../support/free-port.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const suite = requireTool('redis-server') ? describe : describe.skip;
const secure = requireTool('redis-server') && requireTool('openssl') ? describe : describe.skip;

/** Opens, does one job, and closes. */
async function doOneJob(url: string): Promise<void> {
  const broker = await openBroker(url);
  try {
    await push(broker, 'q');
    const wait = broker.waitForJob('q', { timeoutMs: 2000, signal: new AbortController().signal });
    await wait;
    const claim = await take(broker, 'q', as('a'));
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
    await broker.recover('q', { foreignSilenceMs: 0 });
  } finally {
    await broker.close();
  }
}

/** What a ping that must fail fails with. */
async function failureOf(url: string): Promise<unknown> {
  const broker = await openBroker(url);
  const failure: unknown = await broker.ping().then(
    () => undefined,
    (error: unknown) => error,
  );
  await broker.close();
  return failure;
}

suite('a Redis that asks who is there', () => {
  let server: RedisServer;

  beforeAll(async () => {
    // What the documentation says that a user of ours must be allowed.
    const user = 'user worker on >p@ss:w%rd ~* +@read +@write +@scripting +@connection +time +role';
    server = await startRedisServer({
      args: ['--requirepass', 'default-secret', '--user', ...user.split(' ').slice(1)],
    });
  });
  afterAll(() => server.stop());

  test('user and password of an ACL are taken from the address, percent-encoded', async () => {
    await doOneJob(`redis://worker:p%40ss%3Aw%25rd@127.0.0.1:${server.port}/`);
  });

  test('a password without a user is that of the default user', async () => {
    const before = await server.client('default-secret').dbsize();
    await doOneJob(`redis://:default-secret@127.0.0.1:${server.port}/3`);
    expect(await server.client('default-secret').dbsize()).toBe(before);
  });

  test.each(['', 'worker:wrong-secret@', ':wrong-secret@'])(
    'the login "%s" is refused at once, with no secret told',
    async (login) => {
      const failure = await failureOf(`redis://${login}127.0.0.1:${server.port}`);
      expect(failure).toMatchObject({
        code: 'KC_BROKER_REFUSED',
        facts: { hint: expect.stringContaining('password') },
      });
      expect(JSON.stringify(failure, errorText)).not.toContain('secret');
    },
  );

  test('a password for a server that wants none does no harm', async () => {
    const open = await startRedisServer();
    await doOneJob(`redis://:needless@127.0.0.1:${open.port}`);
    await open.stop();
  });
});

secure('a Redis behind TLS', () => {
  let server: RedisServer;
  let port: number;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    port = await freePort();
    const [key, cert] = [path.join(folder.path, 'key.pem'), path.join(folder.path, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
    execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
    const tls = [
      '--tls-port',
      String(port),
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
    ];
    server = await startRedisServer({ args: [...tls, '--tls-auth-clients', 'optional'] });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  test('its certificate is checked against the authority named', async () => {
    await doOneJob(`rediss://127.0.0.1:${port}?ca=${path.join(folder.path, 'cert.pem')}`);
  });

  test('a certificate that nobody vouches for is refused at once', async () => {
    expect(await failureOf(`rediss://127.0.0.1:${port}`)).toMatchObject({
      code: 'KC_BROKER_REFUSED',
      facts: { hint: expect.stringContaining('ca=') },
    });
    await doOneJob(`rediss://127.0.0.1:${port}?verify=false`);
  });

  test('a file of an authority that cannot be read is a fault of the configuration', async () => {
    expect(await failureOf(`rediss://127.0.0.1:${port}?ca=/nowhere.pem`)).toMatchObject({ code: 'KC_CONFIG' });
  });
});

function errorText(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return {
    name: value.name,
    message: value.message,
    stack: value.stack,
    cause: value.cause,
    command: 'command' in value ? value.command : '',
  };
}
