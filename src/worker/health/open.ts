import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker as Thread } from 'node:worker_threads';
import { compiled } from '../../compute/compiled.js';
import { KioskError } from '../../errors/kiosk-error.js';
import type { HealthEvent, HealthThreadData } from './events.js';

const BEAT_EVERY_MS = 1000;
const NANOSECONDS = 1e9;

/** Answers questions about a worker's health over HTTP. */
export interface Health {
  /** Where it listens: `http://127.0.0.1:9090`. */
  readonly address: string;
  tell(event: HealthEvent): void;
  close(): Promise<void>;
}

export type WorkerPulse = () => Omit<Extract<HealthEvent, { kind: 'beat' }>, 'kind' | 'lagSeconds'>;

/**
 * Starts the thread that answers, and beats for it.
 * @throws {KioskError} `KC_CONFIG` if the port cannot be listened on
 */
export async function openHealth(data: HealthThreadData, pulse: WorkerPulse): Promise<Health> {
  const entry = compiled(new URL('./health-thread.js', import.meta.url));
  const thread = new Thread(entry, { execArgv: [], workerData: data });
  thread.unref();
  const [{ port, error }] = (await once(thread, 'message')) as [{ port?: number; error?: string }];
  if (port === undefined) {
    await thread.terminate();
    throw new KioskError('KC_CONFIG', `The health port ${data.host}:${data.port} cannot be listened on (${error}).`, {
      hint: 'choose a free port: --health-port, or KIOSK_HEALTH_PORT',
    });
  }
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const tell = (event: HealthEvent): void => thread.postMessage(event);
  const beat = (): void => {
    tell({ kind: 'beat', ...pulse(), lagSeconds: delay.max / NANOSECONDS });
    delay.reset();
  };
  beat();
  const timer = setInterval(beat, BEAT_EVERY_MS).unref();
  return {
    address: `http://${data.host.includes(':') ? `[${data.host}]` : data.host}:${port}`,
    tell,
    async close() {
      clearInterval(timer);
      delay.disable();
      await thread.terminate();
    },
  };
}
