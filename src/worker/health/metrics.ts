import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { QueueState } from '../../broker/contract.js';
import type { HealthEvent } from './events.js';

const PREFIX = 'kiosk_consumer_';
/** Stages and jobs take from milliseconds to minutes. */
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What can be measured of a worker, in the text format of Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #jobs = this.#counter('jobs_total', 'Jobs by how they left this worker', ['status']);
  readonly #jobSeconds = this.#histogram('job_seconds', 'Time from claim to end', ['status']);
  readonly #stageSeconds = this.#histogram('job_stage_seconds', 'Time in each stage of a job', ['stage']);
  readonly #reclaimed = this.#counter('jobs_reclaimed_total', 'Jobs of silent workers put back by this one');
  readonly #dead = this.#counter('jobs_dead_total', 'Jobs set aside');
  readonly #retries = this.#counter('job_retries_total', 'Tries after the first, by what failed', ['reason']);
  readonly #lost = this.#counter('leases_lost_total', 'Jobs that were taken over or cancelled while in hand');
  readonly #inFlight = this.#gauge('jobs_in_flight', 'Jobs in hand');
  readonly #lag = this.#gauge('event_loop_lag_seconds', 'Worst delay of the event loop in the last second');
  readonly #depth = this.#gauge('queue_depth', 'Jobs that wait, in the queue and at its workers', ['queue', 'state']);
  readonly #age = this.#gauge('queue_oldest_age_seconds', 'Age of the oldest job that waits', ['queue']);
  readonly #brokerUp = this.#gauge('broker_up', '1 if the broker answers');

  constructor(labels: { readonly type: string; readonly queue: string }) {
    this.#registry.setDefaultLabels(labels);
    collectDefaultMetrics({ register: this.#registry });
    for (const counter of [this.#reclaimed, this.#dead, this.#lost]) counter.inc(0);
    for (const status of ['done', 'failed']) this.#jobs.inc({ status }, 0);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  hear(event: HealthEvent): void {
    switch (event.kind) {
      case 'beat':
        this.#inFlight.set(event.inFlight);
        this.#lag.set(event.lagSeconds);
        break;
      case 'ended':
        this.#jobs.inc({ status: event.status });
        this.#jobSeconds.observe({ status: event.status }, event.seconds);
        if (event.status === 'lost') this.#lost.inc();
        if (event.setAside) this.#dead.inc();
        for (const [stage, seconds] of Object.entries(event.stageSeconds))
          this.#stageSeconds.observe({ stage }, seconds);
        break;
      case 'reclaimed':
        this.#reclaimed.inc(event.count);
        break;
      default:
        this.#retries.inc({ reason: event.reason });
    }
  }

  /** @param state undefined if the broker did not answer */
  setQueue(state: QueueState | undefined): void {
    this.#brokerUp.set(state === undefined ? 0 : 1);
    if (state === undefined) return;
    const { queue } = state;
    this.#depth.set({ queue, state: 'waiting' }, state.waiting);
    this.#depth.set({ queue, state: 'in_flight' }, state.inFlight);
    this.#age.set({ queue }, (state.oldestMs ?? 0) / 1000);
  }

  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.#registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[] = []): Gauge<Label> {
    return new Gauge({ name: PREFIX + name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    return new Histogram({ name: PREFIX + name, help, labelNames, buckets: SECONDS, registers: [this.#registry] });
  }
}
