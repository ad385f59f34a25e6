import type { ErrorCode } from '../errors/codes.js';
import { KioskError, type ErrorFacts } from '../errors/kiosk-error.js';

/** An error as it crosses a thread boundary; structured clone alone would lose class, code and facts. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code?: ErrorCode;
  readonly facts?: ErrorFacts;
  readonly cause?: PackedError;
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const packed = { name: error.name, message: error.message, stack: error.stack };
  const cause = error.cause === undefined ? {} : { cause: packError(error.cause) };
  return error instanceof KioskError
    ? { ...packed, code: error.code, facts: error.facts, ...cause }
    : { ...packed, ...cause };
}

/** The error that was packed: a `KioskError` again, or an error of the same name, message and stack. */
export function unpackError(packed: PackedError): Error {
  const options = packed.cause === undefined ? {} : { cause: unpackError(packed.cause) };
  const error = packed.code
    ? new KioskError(packed.code, packed.message, packed.facts ?? {}, options)
    : Object.assign(new TypeError(packed.message, options), { name: packed.name });
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
