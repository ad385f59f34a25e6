import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, Claim, ClaimOptions } from '../broker/contract.js';
import type { WorkerSettings } from './worker-settings.js';
import type { Logger } from '../consumer/context.js';
import { KioskError } from '../errors/kiosk-error.js';
import { messageOf } from '../errors/message-of.js';
import { executeJob, type JobOutcome, type JobRun } from './execute-job.js';
import { noteOf, type LeaseKeeper } from './lease/contract.js';
import { removeDeadFolders } from './job-folders.js';
import { settlesBefore } from './settles-before.js';

/**
 * Where a worker is in its life. Only `#setState` writes it, and it logs the move.
 *
 * - `idle`      built; nothing claimed yet
 * - `consuming` claims jobs one after another, `concurrency` at a time
 * - `draining`  stop asked, or nothing left to drain: claims nothing new, the jobs in hand go on
 * - `aborting`  the drain took too long, or a second stop was asked: jobs in hand are given back
 * - `stopped`   `run()` has settled
 */
export type WorkerState = 'idle' | 'consuming' | 'draining' | 'aborting' | 'stopped';

export interface WorkerOptions {
  readonly broker: Broker;
  readonly queue: string;
  readonly lease: ClaimOptions;
  /** Closed with the worker. */
  readonly leases: LeaseKeeper;
  readonly settings: WorkerSettings;
  readonly concurrency: number;
  readonly logger: Logger;
  /** Stop when the queue and the hands are empty. */
  readonly drain: boolean;
  /** Stop after this many jobs. */
  readonly maxJobs: number;
  /** What a claim needs to be run, without the parts that the worker adds. */
  readonly runOf: (
    claim: Claim,
  ) => Omit<JobRun, 'claim' | 'lease' | 'stop' | 'workerSettings' | 'onSaving' | 'onProgress'>;
  readonly onClaim?: (claim: Claim) => void;
  readonly onOutcome?: (claim: Claim, outcome: JobOutcome, seconds: number) => void;
  /** Told how many jobs of silent workers were put back. */
  readonly onReclaimed?: (count: number) => void;
}

/** After a broker error that outlasted the driver's own patience. */
const PAUSE_AFTER_ERROR_MS = 1_000;

/** How long after the end of a lease the jobs of its worker are put back: clocks and timers are not that exact. */
const AFTER_LEASE_MS = 20;

/** A sweep that comes so much later than it should tells of an outage. */
const OUTAGE_AFTER_MS = 1000;

/**
 * When the worker ends: how long the broker may take to answer a claim that is under way, or to take back a job. One that is away
 * does not hold up the end; the leases run out, and the jobs run elsewhere.
 */
const LAST_ANSWER_MS = 3_000;

interface InHand {
  readonly claim: Claim;
  readonly controller: AbortController;
  stage: string;
}

/** Claims, runs and settles jobs of one queue until told to stop. */
export class Worker {
  #state: WorkerState = 'idle';
  #claimed = 0;
  readonly #inHand = new Map<string, InHand>();
  /** Aborted when nothing new is to be claimed. */
  readonly #claiming = new AbortController();
  /** Aborted when what is asked of the broker beside jobs is waited for no longer. */
  readonly #lastAnswer = new AbortController();
  /** Aborted when the jobs in hand are waited for no longer. */
  readonly #giveUp = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #forced = false;

  constructor(private readonly options: WorkerOptions) {}

  get state(): WorkerState {
    return this.#state;
  }

  get inFlight(): number {
    return this.#inHand.size;
  }

  /** @returns whether every job in hand came to its own end; false if some had to be given back by force */
  async run(): Promise<boolean> {
    if (this.#state !== 'idle')
      throw new KioskError('KC_INTERNAL', `A worker that is ${this.#state} cannot be started.`);
    this.#setState('consuming');
    const sweeping = this.#sweep();
    const slots = Array.from({ length: this.options.concurrency }, () => this.#slot());
    await settlesBefore(this.#giveUp.signal, Promise.all(slots));
    this.#claiming.abort();
    this.#after(LAST_ANSWER_MS, () => this.#lastAnswer.abort());
    await settlesBefore(this.#lastAnswer.signal, sweeping);
    await this.options.leases.close();
    for (const timer of this.#timers) clearTimeout(timer);
    const whole = !this.#forced;
    this.#setState('stopped');
    return whole;
  }

  /** First call: no new claims, jobs in hand may finish within the drain timeout. Second call: they are given back at once. */
  stop(): void {
    if (this.#state === 'draining') this.#abort('a second stop was asked');
    if (this.#state !== 'consuming') return;
    this.#setState('draining');
    this.#claiming.abort();
    this.#after(LAST_ANSWER_MS, () => this.#lastAnswer.abort());
    this.#after(this.options.settings.drainTimeoutMs, () => this.#abort('the drain took too long'));
  }

  /** Leaves with each job in hand how the process ends, as evidence, and lets go of its lease. */
  async noteEnd(end: string): Promise<void> {
    const { broker, lease, leases } = this.options;
    await leases.close();
    const jobs = [...this.#inHand.values()];
    const noted = jobs.map(({ claim, stage }) =>
      broker.renew(claim, { ...lease, leaseMs: 1 }, { note: { ...noteOf(stage), end } }),
    );
    await Promise.allSettled(noted);
  }

  #abort(why: string): void {
    if (this.#state !== 'draining') return;
    this.#setState('aborting');
    this.#forced = this.#inHand.size > 0;
    this.#after(LAST_ANSWER_MS, () => this.#giveUp.abort());
    for (const { controller } of this.#inHand.values()) {
      controller.abort(new KioskError('KC_ABORTED', `The worker gave the job back: ${why}.`));
    }
  }

  /**
   * One of `concurrency` hands: takes a job, does it, takes the next. A job that saves its results keeps network and disk busy, not
   * cores and model: meanwhile the hand begins with the next one, but no third.
   */
  async #slot(): Promise<void> {
    let saving: Promise<void> | undefined;
    while (this.#mayClaim()) {
      try {
        this.#claimed += 1;
        const claim = await this.#claim();
        if (claim) {
          const job = this.#do(claim);
          await Promise.all([saving, job.untilSaving]);
          saving = job.ended;
          continue;
        }
        this.#claimed -= 1;
        if (this.options.drain && this.#inHand.size === 0) {
          this.#claiming.abort();
          return;
        }
        await this.#waitForJob();
      } catch (error) {
        this.#claimed -= 1;
        this.options.logger.error('claiming failed; trying again', {
          error: messageOf(error),
        });
        await sleep(PAUSE_AFTER_ERROR_MS, undefined, { signal: this.#claiming.signal }).catch(() => undefined);
      }
    }
    await saving;
  }

  /** A claim that is answered only after the worker has ceased to wait for it goes back to its queue. */
  async #claim(): Promise<Claim | undefined> {
    const { broker, queue, lease } = this.options;
    const claiming = broker.claim(queue, lease);
    if (await settlesBefore(this.#lastAnswer.signal, claiming)) return await claiming;
    claiming.then((claim) => claim && broker.giveBack(claim, lease, { keepAttempt: true })).catch(() => undefined);
    return undefined;
  }

  #after(delayMs: number, act: () => void): void {
    this.#timers.push(setTimeout(act, delayMs));
  }

  #mayClaim(): boolean {
    return !this.#claiming.signal.aborted && this.#claimed < this.options.maxJobs;
  }

  async #waitForJob(): Promise<void> {
    const { broker, queue, settings, drain } = this.options;
    // A hand that drains looks again soon: the last job of another hand may put one back.
    const timeoutMs = drain ? Math.min(settings.emptyQueueTimeoutMs, 200) : settings.emptyQueueTimeoutMs;
    await broker.waitForJob(queue, { timeoutMs, signal: this.#claiming.signal });
  }

  #do(claim: Claim): { readonly untilSaving: Promise<void>; readonly ended: Promise<void> } {
    let leave = (): void => undefined;
    const saves = new Promise<void>((resolve) => (leave = resolve));
    const ended = this.#doToTheEnd(claim, leave);
    return { untilSaving: Promise.race([saves, ended]), ended };
  }

  async #doToTheEnd(claim: Claim, onSaving: () => void): Promise<void> {
    const startedAt = performance.now();
    const controller = new AbortController();
    const inHand: InHand = { claim, controller, stage: 'start' };
    this.#inHand.set(claim.token, inHand);
    this.options.onClaim?.(claim);
    const kept = this.options.leases.keep(claim, () =>
      controller.abort(
        new KioskError(
          'KC_JOB_LOST',
          `Job "${claim.key}" is not this worker's any more: taken over, cancelled, or gone.`,
        ),
      ),
    );
    try {
      if (this.#state === 'aborting') controller.abort(new KioskError('KC_ABORTED', 'The worker is stopping.'));
      const { lease, settings: workerSettings } = this.options;
      const run = {
        ...this.options.runOf(claim),
        claim,
        lease,
        workerSettings,
        stop: controller.signal,
        onSaving,
        onProgress: (stage: string) => {
          inHand.stage = stage;
          kept.progress(stage);
        },
      };
      const outcome = await executeJob(run);
      this.options.onOutcome?.(claim, outcome, (performance.now() - startedAt) / 1000);
    } finally {
      kept.release();
      this.#inHand.delete(claim.token);
    }
  }

  /** Puts back, every few seconds, the jobs of workers that have gone silent. Any worker may do it; there is no leader. */
  async #sweep(): Promise<void> {
    const { broker, queue, settings, logger } = this.options;
    const { signal } = this.#claiming;
    let isFirst = true;
    while (!signal.aborted) {
      let pauseMs = settings.sweepEveryMs;
      try {
        const { count, nextInMs = Infinity } = await broker.recover(queue, {
          foreignSilenceMs: settings.foreignSilenceMs,
          outage: { afterMs: settings.sweepEveryMs + OUTAGE_AFTER_MS, graceMs: settings.leaseMs },
        });
        if (count > 0) logger.warn('jobs of silent workers were put back to their queue', { queue, count });
        if (count > 0) this.options.onReclaimed?.(count);
        if (count > 0 || isFirst) await removeDeadFolders();
        isFirst = false;
        // As soon as the next lease can have run out, so that the jobs of a dead worker wait for that and no longer.
        pauseMs = Math.min(settings.sweepEveryMs, nextInMs + AFTER_LEASE_MS);
      } catch (error) {
        logger.warn('looking for jobs of silent workers failed; trying again', { error: String(error) });
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #setState(state: WorkerState): void {
    this.options.logger.debug('worker state', { from: this.#state, to: state });
    this.#state = state;
  }
}
