import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/kiosk-consumer.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when stdout or stderr holds `text`. */
  sees(text: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<CliResult>;
}

export interface CliOptions {
  readonly cwd: string;
  /** The whole environment beside PATH and HOME: nothing of the machine's leaks in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

/** Starts the real command line in a process of its own, on the compiled program. */
export function startCli(args: readonly string[], { cwd, env = {}, nodeArgs = [] }: CliOptions): RunningCli {
  const child = spawn(process.execPath, [...nodeArgs, BIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    sees: async (text, timeoutMs = 15_000) => {
      const deadline = Date.now() + timeoutMs;
      const found = () => (typeof text === 'string' ? (stdout + stderr).includes(text) : text.test(stdout + stderr));
      while (!found()) {
        if (Date.now() > deadline || child.exitCode !== null)
          throw new TypeError(`never saw ${String(text)} in:\n${stdout}${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return (await ended).code;
    },
  };
}

export async function cli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return await startCli(args, options).ended;
}

/** Each line of stdout as JSON. */
export function jsonLines<T = Record<string, unknown>>({ stdout }: Pick<CliResult, 'stdout'>): T[] {
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
