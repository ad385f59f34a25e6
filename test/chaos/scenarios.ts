import type { Scenario, TroubleTools } from './contract.js';
import type { Kiosk } from './kiosk.js';

/** Longer than a lease (5 s): what stands still for this long has lost its jobs. */
const PAST_THE_LEASE_MS = 8000;
/** A model that takes this long makes sure that trouble meets jobs in the middle. */
const MODEL_DELAY_MS = 200;

const IMAGES = { type: 'image', workers: 3, concurrency: 2, modelDelayMs: MODEL_DELAY_MS } as const;

/** Kinds of trouble, each alone; then all at once. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'none',
    fault: 'none, for comparison',
    jobs: 100,
    kiosk: IMAGES,
    timeoutSeconds: 120,
    trouble: async () => undefined,
  },
  {
    name: 'kill',
    fault: 'a worker is killed, every 2 s',
    short: true,
    jobs: 100,
    kiosk: IMAGES,
    timeoutSeconds: 180,
    trouble: (kiosk, tools) => every(2000, tools, () => kill(kiosk), 5),
  },
  {
    name: 'freeze',
    fault: 'a worker stands still for 8 s, longer than its lease',
    short: true,
    jobs: 100,
    kiosk: IMAGES,
    timeoutSeconds: 180,
    trouble: (kiosk, tools) => every(500, tools, () => freeze(kiosk, tools), 2),
  },
  {
    name: 'rolling-update',
    fault: 'workers are told to stop, one after the other',
    jobs: 150,
    kiosk: IMAGES,
    timeoutSeconds: 180,
    async trouble(kiosk, tools) {
      for (const worker of kiosk.fleet.workers.slice()) {
        if (tools.signal.aborted) return;
        const code = await kiosk.fleet.drain(worker);
        if (code !== 0) throw new TypeError(`a worker that was told to stop ended with ${code}`);
      }
    },
  },
  {
    name: 'redis-killed',
    fault: 'Redis is killed and started again after 3 s',
    short: true,
    jobs: 100,
    kiosk: IMAGES,
    timeoutSeconds: 180,
    trouble: (kiosk, tools) => every(3000, tools, () => restartRedis(kiosk, tools, 3000), 2),
  },
  {
    name: 'redis-away',
    fault: 'Redis is away for 60 s',
    jobs: 100,
    kiosk: IMAGES,
    timeoutSeconds: 240,
    trouble: (kiosk, tools) => every(3000, tools, () => restartRedis(kiosk, tools, 60_000), 1),
  },
  {
    name: 'redis-silent',
    fault: 'Redis does not answer for 8 s, connections stay open',
    jobs: 100,
    kiosk: IMAGES,
    timeoutSeconds: 180,
    async trouble(kiosk, tools) {
      await tools.pause(3000);
      kiosk.freezeRedis();
      await tools.pause(PAST_THE_LEASE_MS);
      kiosk.thawRedis();
      await kiosk.recovery.untilNextClaim();
    },
  },
  {
    name: 'models-fail',
    fault: 'one call in ten of the model fails',
    jobs: 150,
    kiosk: { ...IMAGES, env: { GRPC_BACKOFF: '0.2' } },
    timeoutSeconds: 180,
    trouble: (kiosk) => kiosk.models.set({ delayMs: MODEL_DELAY_MS, failShare: 0.1 }),
  },
  {
    name: 'bucket-fails',
    fault: 'one request in ten of the bucket fails or is cut',
    jobs: 150,
    kiosk: { ...IMAGES, bucket: 's3' },
    timeoutSeconds: 240,
    async trouble(kiosk, tools) {
      spoilBucket(kiosk, tools);
    },
  },
  {
    name: 'poison',
    fault: 'one job of 60 kills its worker each time',
    short: true,
    jobs: 60,
    kiosk: { type: 'poison', workers: 3, concurrency: 1 },
    timeoutSeconds: 120,
    mayFail: (job) => job === 'job-3',
    trouble: async (kiosk) => void (kiosk.fleet.done.kills += POISON_TRIES),
  },
  {
    name: 'seconds',
    fault: '300 jobs of a second on 6 slots, 12 kills',
    jobs: 300,
    kiosk: { type: 'sleep', workers: 6, concurrency: 1 },
    timeoutSeconds: 180,
    trouble: (kiosk, tools) => every(3500, tools, () => kill(kiosk), 12),
  },
  {
    name: 'everything',
    fault: 'kills and stops every 2 s, 5 restarts of Redis, model and bucket fail one call in ten',
    jobs: 2000,
    kiosk: { ...IMAGES, workers: 4, bucket: 's3', env: { GRPC_BACKOFF: '0.2' } },
    timeoutSeconds: 1200,
    async trouble(kiosk, tools) {
      spoilBucket(kiosk, tools);
      await kiosk.models.set({ delayMs: MODEL_DELAY_MS, failShare: 0.1 });
      const hurt = () => (tools.random() < 0.5 ? kill(kiosk) : freeze(kiosk, tools));
      await Promise.all([
        every(2000, tools, hurt, Infinity),
        every(15_000, tools, () => restartRedis(kiosk, tools, 1000 + 3000 * tools.random()), 5),
      ]);
    },
  },
];

/** As often as a job may kill its worker before it is set aside. */
const POISON_TRIES = 3;

async function every(ms: number, tools: TroubleTools, action: () => Promise<void>, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    await tools.pause(ms);
    if (tools.signal.aborted) return;
    await action();
  }
}

async function kill({ fleet, recovery }: Kiosk): Promise<void> {
  const worker = fleet.pick();
  if (worker === undefined) return;
  const jobs = await recovery.inHandOf(worker.name).catch(() => []);
  await fleet.kill(worker);
  recovery.untilTakenFrom(worker.name, jobs);
}

async function freeze({ fleet, recovery }: Kiosk, tools: TroubleTools): Promise<void> {
  const worker = fleet.pick();
  if (worker === undefined) return;
  const jobs = await recovery.inHandOf(worker.name).catch(() => []);
  fleet.freeze(worker);
  recovery.untilTakenFrom(worker.name, jobs);
  await tools.pause(PAST_THE_LEASE_MS);
  fleet.thaw(worker);
}

async function restartRedis(kiosk: Kiosk, tools: TroubleTools, awayMs: number): Promise<void> {
  await kiosk.killRedis();
  await tools.pause(awayMs);
  await kiosk.startRedis();
  await kiosk.recovery.untilNextClaim();
}

function spoilBucket({ proxy }: Kiosk, { random }: TroubleTools): void {
  proxy!.spoil(() => {
    if (random() >= 0.1) return undefined;
    const body = '<Error><Code>SlowDown</Code></Error>';
    return random() < 0.7 ? { kind: 'status', status: 503, body } : { kind: 'cut', after: 1000 };
  });
}
