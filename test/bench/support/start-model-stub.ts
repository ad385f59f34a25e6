import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const STUB = fileURLToPath(new URL('./model-stub.mjs', import.meta.url));

export interface ModelStub {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts the model server of the benchmarks; whoever starts it stops it. */
export async function startModelStub(): Promise<ModelStub> {
  const child = fork(STUB, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    pid: child.pid!,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
