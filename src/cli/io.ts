/** A stream that text is written to, and what is known of its other end. */
export interface TextStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Everything of the process that the command line touches; tests put their own in its place. */
export interface Io {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Process signals; a stub in tests. */
  readonly signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  /** Ends the process by the signal itself, so that its parent sees the true cause. */
  readonly kill: (signal: 'SIGINT' | 'SIGTERM') => void;
}

/** The real ones; a stream is opened when it is first used, which takes milliseconds. */
export function processIo(): Io {
  return {
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    environment: process.env,
    cwd: process.cwd(),
    signals: process,
    kill: (signal) => process.kill(process.pid, signal),
  };
}
