import { once } from 'node:events';
import { startCli, type RunningCli } from '../support/cli.js';
import type { KioskOptions } from './kiosk.js';

export interface FleetWorker {
  readonly name: string;
  readonly cli: RunningCli;
  stopped: boolean;
}

/** The workers: processes that are killed, stopped, and started anew. */
export class Fleet {
  readonly workers: FleetWorker[] = [];
  /** What has been done to them so far. */
  readonly done = { kills: 0, stops: 0, drains: 0 };
  /** Logs of workers that are no more. */
  readonly #ended: string[] = [];
  #started = 0;

  constructor(
    private readonly options: KioskOptions,
    private readonly env: Readonly<Record<string, string>>,
    private readonly config: string,
  ) {}

  /** Starts all workers. */
  async start(): Promise<void> {
    for (let n = 0; n < this.options.workers; n++) this.#launch();
    await Promise.all(this.workers.map(({ cli }) => cli.sees('waiting for jobs', 60_000)));
  }

  /** A worker that runs; undefined if none does. */
  pick(): FleetWorker | undefined {
    const running = this.workers.filter(({ stopped }) => !stopped);
    return running[Math.floor(this.options.random() * running.length)];
  }

  /** SIGKILL; another worker of a new name takes its place at once. */
  async kill(worker: FleetWorker): Promise<void> {
    this.done.kills++;
    await this.#replace(worker, 'SIGKILL');
  }

  /** SIGTERM, as a rolling update does it; another one takes its place when it has ended. @returns its exit code */
  async drain(worker: FleetWorker): Promise<number | null> {
    this.done.drains++;
    return await this.#replace(worker, 'SIGTERM');
  }

  /** The process stands still, with all its threads and connections. */
  freeze(worker: FleetWorker): void {
    this.done.stops++;
    worker.stopped = true;
    worker.cli.process.kill('SIGSTOP');
  }

  thaw(worker: FleetWorker): void {
    worker.stopped = false;
    worker.cli.process.kill('SIGCONT');
  }

  /** How often a job was taken, counted from the logs of all workers. */
  claims(): number {
    const logs = [...this.#ended, ...this.workers.map(({ cli }) => cli.stderr())];
    return logs.reduce((sum, log) => sum + (log.match(/"message":"job taken"|job taken/g)?.length ?? 0), 0);
  }

  /** Everything that the workers logged, for whoever has to find out why. */
  logs(): string {
    return [...this.#ended, ...this.workers.map(({ name, cli }) => `== ${name}\n${cli.stderr()}`)].join('\n');
  }

  /** Ends all workers in peace. */
  async drainAll(): Promise<void> {
    await Promise.all(
      this.workers.splice(0).map(async ({ name, cli, stopped }) => {
        if (stopped) cli.process.kill('SIGCONT');
        await cli.stop('SIGTERM');
        this.#ended.push(`== ${name}\n${cli.stderr()}`);
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(
      this.workers.splice(0).map(async ({ cli }) => {
        if (cli.process.exitCode !== null || cli.process.signalCode !== null) return;
        const exited = once(cli.process, 'exit');
        cli.process.kill('SIGKILL');
        await exited;
      }),
    );
  }

  async #replace(worker: FleetWorker, signal: NodeJS.Signals): Promise<number | null> {
    // Out of the list first: what ends there is taken for a worker that its job has killed.
    const index = this.workers.indexOf(worker);
    if (index >= 0) this.workers.splice(index, 1);
    const code = await worker.cli.stop(signal);
    this.#ended.push(`== ${worker.name}\n${worker.cli.stderr()}`);
    this.#launch();
    return code;
  }

  #launch(): void {
    const name = `worker-${this.#started++}`;
    const { folder, concurrency, type } = this.options;
    const args = ['consume', '--type', type, '--concurrency', String(concurrency), '--config', this.config];
    const cli = startCli(args, { cwd: folder, env: { ...this.env, HOSTNAME: name } });
    const worker: FleetWorker = { name, cli, stopped: false };
    this.workers.push(worker);
    // One that its job has killed is started again, as a cluster does.
    void cli.ended.then(() => {
      const index = this.workers.indexOf(worker);
      if (index < 0 || cli.process.signalCode === null) return;
      this.workers.splice(index, 1);
      this.#ended.push(`== ${name}\n${cli.stderr()}`);
      this.#launch();
    });
  }
}
