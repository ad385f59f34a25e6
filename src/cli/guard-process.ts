import { exitCalled } from '../worker/plugin-faults.js';
import { tellJob } from '../worker/stray-errors.js';

/**
 * Errors that nobody caught, and calls of `process.exit`, harm the job whose code they come from, and nothing else.
 * @param onFatal told of an error that belongs to no job: our own fault
 * @returns what ends the process
 */
export function guardProcess(onFatal: (error: unknown) => void): (code: number) => never {
  const { exit } = process;
  let isEnding = false;
  const onUncaught = (error: unknown) => {
    if (tellJob(error) || isEnding) return;
    isEnding = true;
    onFatal(error);
  };
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  process.exit = (code) => {
    const error = exitCalled(code);
    if (tellJob(error)) throw error;
    return exit(code);
  };
  return exit;
}
