import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PEM files of an authority, of a server for `model-server.test` and 127.0.0.1, and of a client. */
export interface Certificates {
  readonly authority: string;
  readonly serverKey: string;
  readonly serverCertificate: string;
  readonly clientKey: string;
  readonly clientCertificate: string;
}

/** Makes certificates in `folder` with openssl, valid for a day. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => path.join(folder, name);
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '1',
    '-subj',
    '/CN=test authority',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
  );
  await writeFile(file('server.ext'), 'subjectAltName=DNS:model-server.test,IP:127.0.0.1\n');
  await writeFile(file('client.ext'), 'extendedKeyUsage=clientAuth\n');
  for (const name of ['server', 'client']) {
    await openssl(
      'req',
      ...newKey,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
    );
    const signing = [
      '-CA',
      file('ca.crt'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-days',
      '1',
      '-extfile',
      file(`${name}.ext`),
    ];
    await openssl('x509', '-req', '-in', file(`${name}.csr`), ...signing, '-out', file(`${name}.crt`));
  }
  return {
    authority: file('ca.crt'),
    serverKey: file('server.key'),
    serverCertificate: file('server.crt'),
    clientKey: file('client.key'),
    clientCertificate: file('client.crt'),
  };
}

function openssl(...args: string[]): Promise<unknown> {
  return run('openssl', args);
}
