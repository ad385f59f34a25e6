import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../bin/kiosk-consumer.js', import.meta.url));
const PROBE = new URL('./probe.mjs', import.meta.url).href;

/** What the probe says of a program that has ended. */
export interface ProbeReport {
  readonly peakMemoryMB: number;
  /** Processor time of all its threads since the probe was asked to begin. */
  readonly cpuMs: number;
  /** Delay of the event loop in ms since the probe was asked to begin, without the sampling interval. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number; readonly samples: number };
}

/** The built command line in a process of its own. */
export interface Program {
  readonly process: ChildProcess;
  /** Waits for its end. @throws {TypeError} with what it wrote to stderr if the exit code is not 0 */
  ended(): Promise<void>;
  /** Begins what the probe measures anew, but for the peak memory. */
  resetProbe(): void;
  /** Resident memory now, in MB. */
  memoryMB(): Promise<number>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** An empty folder, so that no configuration of the caller is found. */
  readonly cwd: string;
  /** Where the probe writes its report at the end; without it there is no probe. */
  readonly report?: string;
}

/** Starts `kiosk-consumer ARGS…` with an environment that holds no settings. */
export function startProgram(args: readonly string[], { cwd, report }: ProgramOptions): Program {
  const probe = report === undefined ? [] : ['--import', PROBE];
  const env = { ...bareEnvironment(), ...(report !== undefined && { BENCH_PROBE_REPORT: report }) };
  const child = spawn(process.execPath, [...probe, BIN, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  return {
    process: child,
    async ended() {
      const [code] = await exited;
      if (code !== 0) throw new TypeError(`kiosk-consumer ${args.join(' ')} ended with ${code}:\n${errors}`);
    },
    resetProbe: () => void child.kill('SIGUSR2'),
    memoryMB: async () => await residentMB(child.pid!),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

export async function readReport(file: string): Promise<ProbeReport> {
  return JSON.parse(await readFile(file, 'utf8')) as ProbeReport;
}

/** PATH and the like, without what configures the program or Node. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/**
 * Processor time that a process has used, in ms, to a hundredth of a second.
 * @returns undefined where the system keeps no /proc
 */
export async function processorMs(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // Behind the name, which may hold blanks: user and system time are fields 14 and 15, in hundredths of a second.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) * 10;
}

async function residentMB(pid: number): Promise<number> {
  const child = spawn('ps', ['-o', 'rss=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return (Number(text) * 1024) / 1e6;
}
