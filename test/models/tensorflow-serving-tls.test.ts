import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import path from 'node:path';

import type { ModelsOptions } from '../../src/models/contract.js';
import { openModels } from '../../src/models/open.js';
import { expectReference, failure, ramp, TEST_MODELS_OPTIONS } from '../conformance/models.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { type ModelServer, startModelServer } from '../support/model-server/start-model-server.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const OPTIONS = { ...TEST_MODELS_OPTIONS, maxWaitMs: 300 };
const MODELS = [{ name: 'Reference', input: { name: 'image', dtype: 'float32', shape: [-1, 8, 8, 1] } }] as const;

(requireTool('openssl') ? describe : describe.skip)('a model server behind TLS', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let files: Certificates;
  let server: ModelServer;
  let strict: ModelServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    files = await makeCertificates(folder.path);
    const tls = { keyFile: files.serverKey, certificateFile: files.serverCertificate };
    server = await startModelServer({ models: MODELS, tls });
    strict = await startModelServer({ models: MODELS, tls: { ...tls, clientRootFile: files.authority } });
  });
  afterAll(async () => {
    await server.stop();
    await strict.stop();
    await folder.remove();
  });

  test('is asked when its authority is trusted', async () => {
    await ask(`grpcs://127.0.0.1:${server.port}`, { rootCertificatesFile: files.authority });
  });

  test('may be called by another name than its certificate has, if that is told', async () => {
    await ask(`grpcs://localhost:${server.port}`, {
      rootCertificatesFile: files.authority,
      serverName: 'model-server.test',
    });
    const error = await failure(
      ask(`grpcs://127.0.0.1:${server.port}`, { rootCertificatesFile: files.authority, serverName: 'other.test' }),
    );
    expect(error).toMatchObject({ code: 'KC_MODEL_UNREACHABLE', retry: 'wait' });
    expect(error.message).toMatch(/altnames|Hostname/i);
  });

  test('is not asked when its certificate is not trusted, or when TLS meets none', async () => {
    const untrusted = await failure(ask(`grpcs://127.0.0.1:${server.port}`, {}));
    expect(untrusted.code).toBe('KC_MODEL_UNREACHABLE');
    expect(untrusted.message).toMatch(/certificate/);
    expect((await failure(ask(`grpc://127.0.0.1:${server.port}`, {}))).code).toBe('KC_MODEL_UNREACHABLE');
  });

  test('that wants a certificate of its clients gets it', async () => {
    const address = `grpcs://127.0.0.1:${strict.port}`;
    const mutual = {
      rootCertificatesFile: files.authority,
      clientKeyFile: files.clientKey,
      clientCertificateFile: files.clientCertificate,
    };
    await ask(address, mutual);
    expect((await failure(ask(address, { rootCertificatesFile: files.authority }))).code).toBe('KC_MODEL_UNREACHABLE');
  });

  test('is told by name which certificate file is missing or stands alone', async () => {
    const missing = path.join(folder.path, 'missing.crt');
    const error = await failure(
      openModels('grpcs://127.0.0.1:1', { ...OPTIONS, tls: { rootCertificatesFile: missing } }),
    );
    expect(error.code).toBe('KC_CONFIG');
    expect(error.message).toContain(missing);
    const alone = await failure(
      openModels('grpcs://127.0.0.1:1', { ...OPTIONS, tls: { clientKeyFile: files.clientKey } }),
    );
    expect(alone.code).toBe('KC_CONFIG');
  });
});

/** One call, which must succeed. */
async function ask(address: string, tls: NonNullable<ModelsOptions['tls']>): Promise<void> {
  const client = await openModels(address, { ...OPTIONS, tls });
  const image = ramp([1, 8, 8, 1]);
  try {
    expectReference(await client.predict({ name: 'Reference', version: '1' }, { image }), image);
  } finally {
    await client.close();
  }
}
