import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

const LOOK_EVERY_MS = 20;
/** Nobody should wait longer; what takes longer is counted with this time. */
const GIVEN_UP_MS = 120_000;

/** Measures, from outside, how long it takes until work goes on. */
export class Recovery {
  readonly seconds: number[] = [];
  readonly #watching: Promise<void>[] = [];

  constructor(
    private readonly client: Redis,
    private readonly queue: string,
  ) {}

  /** The jobs that a worker has in hand now. */
  async inHandOf(worker: string): Promise<string[]> {
    return await this.client.lrange(`processing-${this.queue}:${worker}`, 0, -1);
  }

  /** From now until each of the jobs is in another worker's hands, or has ended. */
  untilTakenFrom(worker: string, jobs: readonly string[]): void {
    for (const job of jobs) {
      this.#watch(async () => {
        const [by, status] = await this.client.hmget(job, 'updated_by', 'status');
        return by !== worker || status === 'done' || status === 'failed';
      });
    }
  }

  /** From now until another job is taken from the queue. */
  async untilNextClaim(): Promise<void> {
    const before = await this.client.llen(this.queue);
    if (before === 0) return;
    this.#watch(async () => (await this.client.llen(this.queue)) !== before);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#watching);
  }

  #watch(isOver: () => Promise<boolean>): void {
    const startedAt = performance.now();
    const watch = async (): Promise<void> => {
      while (performance.now() - startedAt < GIVEN_UP_MS) {
        if (await isOver().catch(() => false)) break;
        await sleep(LOOK_EVERY_MS);
      }
      this.seconds.push((performance.now() - startedAt) / 1000);
    };
    this.#watching.push(watch());
  }
}
