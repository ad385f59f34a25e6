import { KioskError } from '../errors/kiosk-error.js';

const STACK_LINES = 6;

/** The error of a job whose plugin left an error that nobody caught. */
export function strayError(error: unknown): KioskError {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 1 + STACK_LINES) : [];
  return new KioskError(
    'KC_PLUGIN_CRASHED',
    `The plugin left an error that nobody caught: ${what.replace(/\.$/, '')}.`,
    {
      details: stack.map((line) => line.trim()),
      hint: 'It is for the author of the plugin to mend: await every promise, and catch what timers and listeners throw.',
    },
    { cause: error },
  );
}

/** The error of a job whose plugin wanted to end the process. */
export function exitCalled(code: string | number | null | undefined): KioskError {
  return new KioskError('KC_PLUGIN_CRASHED', `The plugin wanted to end the process with exit code ${code ?? 0}.`, {
    hint: 'It is for the author of the plugin to mend: throw an error to fail the job, and leave the process alone.',
  });
}

export function memoryExceeded(limitMB: number | undefined, cause?: unknown): KioskError {
  const limit = limitMB === undefined ? 'it may have' : `its limit of ${limitMB} MB`;
  return new KioskError(
    'KC_PLUGIN_MEMORY',
    `The plugin took more memory than ${limit}.`,
    { hint: 'Use a smaller image, or raise memoryLimitMB of this type if the plugin does not leak.' },
    { cause },
  );
}
