import { prepareAwsEnvironment } from './aws-environment.js';
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
  // An error that nobody awaits is our own fault; it must not look like a failed job (exit 1).
  const onUncaught = (error: unknown) => void endWithFailure(error, argv, io);
  process.once('uncaughtException', onUncaught);
  process.once('unhandledRejection', onUncaught);
  await end(await main(argv, io), io);
}

async function endWithFailure(error: unknown, argv: readonly string[], io: Io): Promise<void> {
  await end(await reportFailure(error, argv, io), io);
}

async function end(code: number, io: Io): Promise<void> {
  await Promise.all([flushed(io.stdout), flushed(io.stderr)]);
  // oxlint-disable-next-line unicorn/no-process-exit -- this is the program's end, for every command
  process.exit(code);
}

function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
