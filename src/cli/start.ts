import { prepareAwsEnvironment } from './aws-environment.js';
import { messageOf } from '../errors/message-of.js';
import { sayLastWords } from '../worker/stray-errors.js';
import { guardProcess } from './guard-process.js';
import { processIo, type Io } from './io.js';
import { main, reportFailure } from './main.js';

/**
 * Runs the command line of this process and ends it with the command's exit code: the only place that ends it.
 * Everything was closed by then; whatever a plugin has left open does not keep the process alive.
 */
export async function start(): Promise<void> {
  prepareAwsEnvironment(process.env);
  const io = processIo();
  const argv = process.argv.slice(2);
  // An error that nobody awaits is our own fault, unless it is a plugin's; it must not look like a failed job (exit 1).
  const exit = guardProcess((error) => void endWithFailure(error, argv, io, exit));
  await end(await main(argv, io), io, exit);
}

type Exit = (code: number) => never;

async function endWithFailure(error: unknown, argv: readonly string[], io: Io, exit: Exit): Promise<void> {
  await sayLastWords(`the process ended itself on an error that nobody caught: ${messageOf(error)}`);
  await end(await reportFailure(error, argv, io), io, exit);
}

async function end(code: number, io: Io, exit: Exit): Promise<void> {
  await Promise.all([flushed(io.stdout), flushed(io.stderr)]);
  exit(code);
}

function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
