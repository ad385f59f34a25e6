import { KioskError } from '../../errors/kiosk-error.js';
import type { ModelId } from '../contract.js';

/** Numbers of gRPC's status codes. */
export const STATUS = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/**
 * What a failed call means for the next one.
 *
 * - `wait`   the server is away: try again without counting
 * - `retry`  it is overloaded or slow: try again, counting
 * - `final`  the same call would fail again
 */
export interface CallFailure {
  readonly meaning: 'wait' | 'retry' | 'final';
  /** In one clause: `DEADLINE_EXCEEDED: no answer within 30 s`. */
  readonly what: string;
  /** For `final`: the error to throw. */
  readonly error: KioskError;
}

/** The server takes at most `limit` items in one call. */
export class BatchRefusedError extends KioskError {
  constructor(
    readonly limit: number,
    message: string,
    cause: unknown,
  ) {
    super(
      'KC_MODEL_INPUT',
      message,
      { hint: 'set TF_MAX_BATCH_SIZE to at most the batch size that the server allows' },
      { cause },
    );
  }
}

export interface CallContext {
  readonly target: string;
  readonly model: ModelId;
  /** Items in the call. */
  readonly batch: number;
  readonly connected: boolean;
  readonly timeoutMs: number;
}

/** Sorts a call's error. What gRPC did not make (a `KioskError` of ours) is final as it is. */
export function classifyFailure(cause: unknown, context: CallContext): CallFailure {
  if (cause instanceof KioskError) return { meaning: 'final', what: cause.message, error: cause };
  const { code, details } = statusOf(cause);
  const what = `${CODE_NAMES.get(code) ?? `status ${code}`}: ${details}`;
  const meaning = meaningOf(code, details, context);
  const error = refusedBatch(what, context, cause) ?? failureOf(code, what, context, cause);
  return { meaning: error instanceof BatchRefusedError ? 'final' : meaning, what, error };
}

const CODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(STATUS).map(([name, code]) => [code, name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()]),
);

function statusOf(cause: unknown): { code: number; details: string } {
  const { code, details, message } = cause as { code?: unknown; details?: unknown; message?: unknown };
  return { code: typeof code === 'number' ? code : 2, details: String(details ?? message ?? cause) };
}

/** grpc-js reports some lost connections as INTERNAL. */
const LOST_CONNECTION = /ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|triggered by internal client error/;

function meaningOf(code: number, details: string, { connected }: CallContext): CallFailure['meaning'] {
  if (code === STATUS.unavailable) return 'wait';
  if (code === STATUS.internal && LOST_CONNECTION.test(details)) return 'wait';
  // A deadline that passed before there was a connection says that nobody is there, not that somebody is slow.
  if (code === STATUS.deadlineExceeded) return connected ? 'retry' : 'wait';
  return code === STATUS.resourceExhausted ? 'retry' : 'final';
}

const BATCH_LIMIT = /task size \d+ is larger than maximum (?:input )?batch size (\d+)/i;
const MESSAGE_LIMIT = /message larger than max/i;

/** The server's refusal of a batch, or of a message (then half the batch is tried); undefined if it is neither. */
function refusedBatch(what: string, { batch, target }: CallContext, cause: unknown): BatchRefusedError | undefined {
  const limit = BATCH_LIMIT.exec(what)?.[1] ?? (MESSAGE_LIMIT.test(what) ? Math.floor(batch / 2) : undefined);
  if (limit === undefined) return undefined;
  return new BatchRefusedError(Number(limit), `${target} refused a batch of ${batch}: ${what}.`, cause);
}

function failureOf(code: number, what: string, { target, model, timeoutMs }: CallContext, cause: unknown): KioskError {
  const name = `${model.name}:${model.version ?? 'newest'}`;
  const options = { cause };
  switch (code) {
    case STATUS.notFound:
      return new KioskError(
        'KC_MODEL_UNKNOWN',
        `${target} does not serve the model ${name} (${what}).`,
        {
          hint: 'correct the name:version of the model, or add the model to the server; a version that is still loading is not found either',
        },
        options,
      );
    case STATUS.invalidArgument:
      return new KioskError(
        'KC_MODEL_INPUT',
        `The model ${name} at ${target} refused its input (${what}).`,
        {
          hint: "compare the shape, channels and input name with the model's signature",
        },
        options,
      );
    case STATUS.deadlineExceeded:
    case STATUS.resourceExhausted:
      return new KioskError(
        'KC_MODEL_FAILED',
        `The model ${name} at ${target} did not answer in time (${what}).`,
        {
          retry: 'later',
          hint: `give the server more capacity, or raise GRPC_TIMEOUT (now ${timeoutMs / 1000} s) or MAX_RETRY`,
        },
        options,
      );
    case STATUS.unimplemented:
      return new KioskError(
        'KC_MODEL_FAILED',
        `${target} is not a TensorFlow Serving gRPC port (${what}).`,
        {
          hint: 'use the gRPC port (8500), not the REST port (8501)',
        },
        options,
      );
    default:
      return new KioskError(
        'KC_MODEL_FAILED',
        `The model ${name} at ${target} failed (${what}).`,
        {
          retry: code === STATUS.cancelled ? 'later' : 'never',
          hint: 'look into the log of the model server',
        },
        options,
      );
  }
}
