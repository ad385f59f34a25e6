/** What a failure means, whatever library told it. */
export type FailureKind = 'missing' | 'no-bucket' | 'denied' | 'full' | 'transient' | 'certificate' | 'refused';

/** A transfer that came to an end it should not have: worth another attempt. */
export class TransferFault extends Error {
  override readonly name = 'TransferFault';

  constructor(
    readonly code: 'TRUNCATED' | 'CORRUPT' | 'STALLED',
    message: string,
  ) {
    super(message);
  }
}

/** Names by which S3, its relatives, GCS, Node and TLS call things. Statuses decide the rest. */
const KIND_OF_CODE: Readonly<Record<string, FailureKind>> = {
  NoSuchKey: 'missing',
  NotFound: 'missing',
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ENAMETOOLONG: 'missing',
  NoSuchBucket: 'no-bucket',
  AccessDenied: 'denied',
  InvalidAccessKeyId: 'denied',
  SignatureDoesNotMatch: 'denied',
  ExpiredToken: 'denied',
  InvalidToken: 'denied',
  RequestTimeTooSkewed: 'denied',
  CredentialsProviderError: 'denied',
  SigningError: 'denied',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  NoSuchUpload: 'refused',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  XMinioStorageFull: 'full',
  QuotaExceeded: 'full',
  TRUNCATED: 'transient',
  CORRUPT: 'transient',
  STALLED: 'transient',
  SlowDown: 'transient',
  Throttling: 'transient',
  RequestTimeout: 'transient',
  InternalError: 'transient',
  ServiceUnavailable: 'transient',
  BadDigest: 'transient',
  XAmzContentSHA256Mismatch: 'transient',
  IncompleteBody: 'transient',
  CONTENT_DOWNLOAD_MISMATCH: 'transient',
  FILE_NO_UPLOAD: 'transient',
  rateLimitExceeded: 'transient',
  userRateLimitExceeded: 'transient',
  TimeoutError: 'transient',
  ECONNRESET: 'transient',
  ECONNREFUSED: 'transient',
  ECONNABORTED: 'transient',
  ETIMEDOUT: 'transient',
  EPIPE: 'transient',
  ENOTFOUND: 'transient',
  EAI_AGAIN: 'transient',
  EHOSTUNREACH: 'transient',
  ENETUNREACH: 'transient',
  ERR_STREAM_PREMATURE_CLOSE: 'transient',
  CERT_HAS_EXPIRED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
};

export function kindOf(error: unknown): FailureKind {
  const { status, codes, message } = readAnswer(error);
  if (/bucket (?:you tried to access )?does not exist/i.test(message)) return 'no-bucket';
  for (const code of codes) {
    const kind = KIND_OF_CODE[code];
    if (kind !== undefined) return kind;
  }
  if (status !== undefined) return kindOfStatus(status, message);
  if (/default credentials|invalid_grant|could not refresh access token/i.test(message)) return 'denied';
  return /socket hang up|network|aborted|timed? ?out|premature close/i.test(message) ? 'transient' : 'refused';
}

function kindOfStatus(status: number, message: string): FailureKind {
  if (status === 404 || status === 410) return 'missing';
  if (status === 401 || status === 403) return 'denied';
  if (status === 507) return 'full';
  if (status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504)) return 'transient';
  // GCS words a digest that does not fit as a plain 400.
  return status === 400 && /md5|crc32c|checksum/i.test(message) ? 'transient' : 'refused';
}

/** One line of what went wrong, as far as it may be shown: `SlowDown 503: Please reduce your request rate`. */
export function answerOf(error: unknown): string {
  const { status, codes, message } = readAnswer(error);
  const head = [codes[0], status].filter((part) => part !== undefined).join(' ');
  const text = message.split('\n', 1)[0]?.trim().replace(/\.$/, '') ?? '';
  const line = text === '' || text === head ? head : head === '' || text.includes(head) ? text : `${head}: ${text}`;
  return line === '' ? 'no reason given' : line.slice(0, 300);
}

/** The few facts that AWS, Google and Node errors have in common. */
function readAnswer(error: unknown): { status: number | undefined; codes: readonly string[]; message: string } {
  if (!isErrorLike(error)) return { status: undefined, codes: [], message: String(error) };
  const fields = error as Error & {
    code?: unknown;
    Code?: unknown;
    status?: unknown;
    $metadata?: { httpStatusCode?: unknown };
    response?: { status?: unknown; statusCode?: unknown };
    errors?: unknown;
  };
  const statuses = [
    fields.$metadata?.httpStatusCode,
    fields.code,
    fields.status,
    fields.response?.status,
    fields.response?.statusCode,
  ].map((value) => (typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value));
  const status = statuses.find((value): value is number => typeof value === 'number');
  // Some wrappers keep the system's code in their text only.
  const inText = /\b(?:ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_|EHOST|ENET)[A-Z]*\b/.exec(error.message)?.[0];
  const codes = [fields.code, fields.Code, error.name, ...innerCodes(fields.errors), inText].filter(
    (value): value is string => typeof value === 'string' && !/^(?:\d{3}|(?:Type|Api|Fetch|Gaxios)?Error)$/.test(value),
  );
  return { status, codes, message: error.message };
}

/** Node bundles the failures of several addresses in an AggregateError; Google gives reasons beside the status. */
function innerCodes(errors: unknown): unknown[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((inner: { code?: unknown; reason?: unknown } | null) => [inner?.code, inner?.reason]);
}

/** By its looks: errors of other realms are no `instanceof Error`, and those of old libraries no native errors. */
function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}
