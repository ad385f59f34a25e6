import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { stopProcess } from './redis-server.js';

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
  readonly ready?: boolean;
  /** A job that `churn` has ended. */
  readonly done?: string;
}

/** The built broker in another process. */
export interface BrokerProcess {
  readonly process: ChildProcess;
  /** Calls a method of the broker, or one of `broker-child.js`. */
  call(method: string, ...args: unknown[]): Promise<unknown>;
  /** Jobs that `churn` has ended. */
  readonly done: readonly string[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startBrokerProcess(url: string, options: object = {}): Promise<BrokerProcess> {
  if (!existsSync(path.resolve('dist/src/broker/open.js'))) throw new Error('build first: npm run build');
  const child = fork(path.resolve('test/support/broker-child.js'), [url, JSON.stringify(options)], { execArgv: [] });
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const done: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the broker's process ended with ${code}`)));
    child.on('message', (reply: Reply) => {
      if (reply.ready === true) resolve();
      if (reply.done !== undefined) done.push(reply.done);
      const call = pending.get(reply.id ?? -1);
      if (reply.error === undefined) call?.resolve(reply.result);
      else call?.reject(new Error(reply.error));
    });
  });
  let calls = 0;
  return {
    process: child,
    done,
    call(method, ...args) {
      const id = (calls += 1);
      child.send({ id, method, args });
      return new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
    },
    stop: (signal = 'SIGKILL') => stopProcess(child, signal),
  };
}
