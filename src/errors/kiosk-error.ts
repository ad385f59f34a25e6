import type { ErrorCode } from './codes.js';

/** What stands beside the message: everything a person or a program needs to get out of the situation. */
export interface ErrorFacts {
  /** The way out, as an instruction: `set STORAGE_BUCKET to …`. */
  readonly hint?: string;
  /** Where settings were looked for, or what the accepted values are; one line each. */
  readonly details?: readonly string[];
  /** A page or anchor of the documentation. */
  readonly see?: string;
  /** What to do with the job: see {@link Retry}. Default `never`. */
  readonly retry?: Retry;
}

/**
 * How a failure may be met.
 *
 * - `never`  trying again gives the same answer (bad input, unknown name): the job fails at once
 * - `later`  the next attempt may succeed (a timeout, an overloaded model): counts as an attempt
 * - `wait`   a service is away: the job waits for it, no attempt is used
 */
export type Retry = 'never' | 'later' | 'wait';

/**
 * The one error class of the project. Its `code` is catalogued in `codes.ts`, with the exit code and the
 * class name under which it reaches a job's `reason`; it is printed by `src/cli/render-error.ts` only.
 */
export class KioskError extends Error {
  override readonly name = 'KioskError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly facts: ErrorFacts = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  get retry(): Retry {
    return this.facts.retry ?? 'never';
  }
}

/** How the failure may be met; errors that are not ours (a plugin's TypeError, say) are never retried. */
export function retryOf(error: unknown): Retry {
  return error instanceof KioskError ? error.retry : 'never';
}
