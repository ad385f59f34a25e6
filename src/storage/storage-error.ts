import type { ErrorCode } from '../errors/codes.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { ErrorFacts } from '../errors/kiosk-error.js';
import { answerOf, kindOf } from './failures.js';
import type { FailureKind } from './failures.js';
import { quoteKey } from './keys.js';

/** What is done to which object; the subject of every message. */
export interface Operation {
  readonly address: string;
  readonly verb: 'read' | 'write' | 'look at' | 'list' | 'delete' | 'sign a URL for';
  /** Key, or prefix of a listing. */
  readonly key: string;
  /** What to do if the store refuses; differs between stores. */
  readonly deniedHint: string;
}

/** What an SDK said, as a cause, without the request that its error objects carry: that holds credentials. */
export class StoreAnswer extends Error {
  override readonly name = 'StoreAnswer';
}

interface Wording {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

/** What a wording is made of; `object` is quoted, `said` one line, `tries` empty or ` after 3 attempts`. */
interface Subject extends Operation {
  readonly object: string;
  readonly said: string;
  readonly tries: string;
}

/** The error that callers of a store see. Errors that are ours already pass through. */
export function storageError(operation: Operation, error: unknown, attempts: number): KioskError {
  if (error instanceof KioskError) return error;
  const said = answerOf(error);
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const wording = WORDINGS[kindOf(error)]({ ...operation, object: quoteKey(operation.key), said, tries });
  return new KioskError(wording.code, wording.message, wording.facts, { cause: new StoreAnswer(said) });
}

const WORDINGS: Readonly<Record<FailureKind, (subject: Subject) => Wording>> = {
  missing: ({ object, address }) => ({
    code: 'KC_STORAGE_NOT_FOUND',
    message: `There is no object ${object} in ${address}.`,
    facts: { hint: 'check input_file_name, and that STORAGE_BUCKET names the bucket of the upload' },
  }),
  // Waited for: a wrong setting must not make jobs fail one after the other.
  'no-bucket': ({ address, said }) => ({
    code: 'KC_STORAGE_UNREACHABLE',
    message: `The bucket ${address} does not exist (${said}).`,
    facts: { hint: 'create it, or set STORAGE_BUCKET to the one that the frontend uploads to', retry: 'wait' },
  }),
  denied: ({ address, verb, object, said, deniedHint }) => ({
    code: 'KC_STORAGE_DENIED',
    message: `${address} does not let us ${verb} ${object} (${said}).`,
    facts: { hint: deniedHint },
  }),
  full: ({ address, verb, object, said }) => ({
    code: 'KC_STORAGE_FULL',
    message: `There is no space left to ${verb} ${object} (${address}): ${said}.`,
    facts: { hint: 'free space there, or point TMPDIR or STORAGE_BUCKET to where there is some' },
  }),
  certificate: ({ address, said }) => ({
    code: 'KC_STORAGE_UNREACHABLE',
    message: `The certificate of ${address} is not trusted (${said}).`,
    facts: { hint: 'set NODE_EXTRA_CA_CERTS to the file of the authority that signed it', retry: 'wait' },
  }),
  refused: ({ address, verb, object, said }) => ({
    code: 'KC_STORAGE_UNREACHABLE',
    message: `${address} cannot ${verb} ${object}: ${said}.`,
    facts: { ...(address.startsWith('s3:') ? { hint: S3_REFUSED_HINT } : {}), retry: 'later' },
  }),
  transient: ({ address, verb, object, said, tries }) => ({
    code: 'KC_STORAGE_UNREACHABLE',
    message: `${address} did not ${verb} ${object}${tries}: ${said}.`,
    facts: { hint: 'check the network and the endpoint in STORAGE_BUCKET; the job waits meanwhile', retry: 'wait' },
  }),
};

const S3_REFUSED_HINT =
  'check endpoint, region and pathStyle in STORAGE_BUCKET; some S3-compatible servers need checksums=when-required';
