import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { requireTool } from '../../support/require-tool.js';

/** Time of one call in the peer's process, without the way there and back. */
export interface PeerTime {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** A Python program that does the same work in a process of its own; see `peers/peer.py`. */
export interface PythonPeer {
  /** @param save path to which the peer writes the result, in a form that the script decides */
  call(name: string, args?: object, save?: string): Promise<PeerTime>;
  close(): Promise<void>;
}

/**
 * Starts `peers/<script>.py`.
 * @param needs the tool of `require-tool.ts` without which there is no such peer
 * @returns undefined if the tool is not installed
 */
export function openPythonPeer(script: string, needs: string): PythonPeer | undefined {
  if (!requireTool(needs)) return undefined;
  const file = fileURLToPath(new URL(`../peers/${script}.py`, import.meta.url));
  // One thread, as the kernels have; and nothing is written beside the scripts.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn('/usr/bin/python3', [file], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async call(name, args = {}, save) {
      child.stdin.write(`${JSON.stringify({ call: name, args, save })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new TypeError(`${script}.py ended in the middle of ${name}`);
      const answer = JSON.parse(value) as PeerTime & { error?: string };
      if (answer.error !== undefined) throw new TypeError(`${script}.py: ${name}: ${answer.error}`);
      return answer;
    },
    close: async () => await end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}
