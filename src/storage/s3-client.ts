import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

import type { S3Address } from './address.js';
import type { StorageOptions } from './contract.js';
import { STALL_TIMEOUT_MS } from './retry.js';

/** A server that does not take a connection within this time is overloaded or away. */
const CONNECTION_TIMEOUT_MS = 10_000;

/** What the Kiosk's settings hold where nobody filled them in. */
const PLACEHOLDER = 'specify_me';

/** The Kiosk's own default, for where neither URL, option, variable nor profile names a region. */
const DEFAULT_REGION = 'us-east-1';

/** A client without attempts of its own: `withRetry` counts them, and listens to the signal while it waits. */
export async function openS3Client(address: S3Address, options: StorageOptions): Promise<S3Client> {
  const config = clientConfig(address, options);
  const client = new S3Client(config);
  if (config.region !== undefined) return client;
  try {
    await client.config.region();
    return client;
  } catch {
    client.destroy();
    return new S3Client({ ...config, region: DEFAULT_REGION });
  }
}

function clientConfig(address: S3Address, options: StorageOptions): S3ClientConfig {
  const checksums = address.checksums === 'when-required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  const region = address.region ?? options.aws?.region ?? (address.endpoint === undefined ? undefined : DEFAULT_REGION);
  const credentials = givenCredentials(options);
  return {
    ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: address.pathStyle,
    followRegionRedirects: true,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
    },
  };
}

/** Both keys or neither: half a pair is a forgotten setting, and then the default chain may know better. */
function givenCredentials({ aws }: StorageOptions): S3ClientConfig['credentials'] {
  const accessKeyId = given(aws?.accessKeyId);
  const secretAccessKey = given(aws?.secretAccessKey);
  const sessionToken = given(aws?.sessionToken);
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function given(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' || text.toLowerCase() === PLACEHOLDER ? undefined : text;
}
