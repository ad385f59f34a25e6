import { processIo } from './io.js';
import { main, reportFailure } from './main.js';

/**
 * Runs the command line of this process and ends it with the command's exit code: the only place that ends it.
 * Everything was closed by then; whatever a plugin has left open does not keep the process alive.
 */
export async function start(): Promise<void> {
  const io = processIo();
  const argv = process.argv.slice(2);
  // An error that nobody awaits is our own fault; it must not look like a failed job (exit 1).
  const onUncaught = (error: unknown) => {
    void reportFailure(error, argv, io).then((code) => process.exit(code));
  };
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  const code = await main(argv, io);
  await Promise.all([flushed(io.stdout), flushed(io.stderr)]);
  process.exit(code);
}

function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
