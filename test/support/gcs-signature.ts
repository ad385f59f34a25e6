import { createHash, createVerify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a GET is not allowed by its V4 signature (GOOG4-RSA-SHA256); undefined if it is. */
export function signatureFault(request: IncomingMessage, url: URL, key: KeyObject | undefined): string | undefined {
  const query = url.searchParams;
  const signature = query.get('X-Goog-Signature');
  if (signature === null || key === undefined) return 'Anonymous caller does not have storage.objects.get access.';
  const date = query.get('X-Goog-Date') ?? '';
  const issued = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Date.now() < issued + Number(query.get('X-Goog-Expires')) * 1000)) return 'The signed URL has expired.';
  const signed = [...query.entries()].filter(([name]) => name !== 'X-Goog-Signature');
  const canonicalQuery = signed
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
  const names = (query.get('X-Goog-SignedHeaders') ?? '').split(';');
  // The library signs the host without its port.
  const headers = names.map((name) => `${name}:${String(request.headers[name]).replace(/:\d+$/, '')}\n`).join('');
  const canonical = ['GET', url.pathname, canonicalQuery, headers, names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n');
  const scope = (query.get('X-Goog-Credential') ?? '').split('/').slice(1).join('/');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['GOOG4-RSA-SHA256', date, scope, digest].join('\n');
  const holds = createVerify('RSA-SHA256').update(text).verify(key, signature, 'hex');
  return holds ? undefined : 'The signature does not match.';
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.codePointAt(0)!.toString(16).toUpperCase()}`);
}
