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

/** The real ones. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    cwd: process.cwd(),
    signals: process,
    kill: (signal) => process.kill(process.pid, signal),
  };
}
