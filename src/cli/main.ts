import { CommanderError } from 'commander';
import type { CommandContext } from './command-context.js';
import { processIo, type Io } from './io.js';
import { createProgram, type Invocation } from './program.js';

/**
 * Runs one command line and returns its exit code: 0 done, 1 a job failed, 2 usage or configuration, 3 a service could
 * not be reached, 70 our own fault, 130 and 143 stopped by a signal. Results go to stdout, messages to stderr. It never
 * ends the process and throws nothing.
 *
 * Only the parser is loaded at the start; each command's modules are imported when that command runs.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await parse(argv, io);
  } catch (error) {
    return await reportFailure(error, argv, io);
  }
}

/** Tells an error in the one way that errors are told. @returns the exit code that belongs to it */
export async function reportFailure(
  error: unknown,
  argv: readonly string[],
  io: Io,
  mask?: (text: string) => string,
): Promise<number> {
  const { errorAsJson, exitCodeOf, renderError } = await import('./render-error.js');
  const { createStyle, wantsColour } = await import('./style.js');
  const { maskUrls } = await import('../config/mask.js');
  const verbose = argv.includes('--verbose') || io.environment['LOG_LEVEL']?.toLowerCase() === 'debug';
  const color = argv.includes('--no-color') ? false : undefined;
  const text = argv.includes('--json')
    ? JSON.stringify(errorAsJson(error, verbose))
    : renderError(error, {
        style: createStyle(wantsColour(io.stderr, io.environment, color)),
        verbose,
        width: Math.max(40, Math.min(io.stderr.columns ?? 100, 120)),
      });
  io.stderr.write(`${(mask ?? maskUrls)(text)}\n`);
  return exitCodeOf(error);
}

async function parse(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = createProgram({
    columns: io.stdout.columns,
    writeOut: (text) => void io.stdout.write(text),
    invoke: async (invocation) => {
      exitCode = await invoke(invocation, argv, io);
    },
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') {
      const { usageError } = await import('./usage-error.js');
      throw usageError(error, program, argv);
    }
    // No command at all: a container that was started without one consumes, a person gets help.
    if (isUnattended(io)) return await parse(['consume', ...argv], io);
    program.outputHelp();
  }
  return exitCode;
}

function isUnattended({ stdin, stdout, environment }: Io): boolean {
  const hasTerminal = stdin.isTTY === true || stdout.isTTY === true;
  return !hasTerminal && Boolean(environment['KUBERNETES_SERVICE_HOST'] || environment['CONSUMER_TYPE']);
}

async function invoke({ global, flags, mode, run }: Invocation, argv: readonly string[], io: Io): Promise<number> {
  const [{ createContext }, { watchStopSignals, SIGNAL_EXIT_CODES }] = await Promise.all([
    import('./command-context.js'),
    import('./stop-signals.js'),
  ]);
  const stopSignals = watchStopSignals(io);
  let isClosed = false;
  const onClosed = () => {
    isClosed = true;
    stopSignals.abort('Nobody reads the results any more.');
  };
  const { context, end } = createContext({ io, global, flags, mode, stopSignals, onClosed });
  const mask = async () => (await context.settings().catch(() => undefined))?.mask;
  let code: number;
  try {
    code = await runAndEnd(context, run, end);
  } catch (error) {
    const received = stopSignals.receivedSignal();
    if (received !== undefined) code = SIGNAL_EXIT_CODES[received];
    else if (isClosed) code = 0;
    else code = await reportFailure(error, argv, io, await mask());
  } finally {
    stopSignals.release();
  }
  const received = stopSignals.receivedSignal();
  // `consume` answers for itself; any other command that a signal reached was stopped by it.
  return received !== undefined && !stopSignals.isTakenOver() ? SIGNAL_EXIT_CODES[received] : code;
}

async function runAndEnd(context: CommandContext, run: Invocation['run'], end: () => Promise<void>): Promise<number> {
  let code: number;
  try {
    code = await run(context);
  } catch (error) {
    // What went wrong first is told; what then fails to close is only its consequence.
    await end().catch(() => undefined);
    throw error;
  }
  await end();
  return code;
}
