import type { Setting } from '../setting.js';

export const BROKER_SETTINGS = [
  {
    key: 'broker',
    flag: '--broker',
    env: ['BROKER_URL'],
    type: 'url',
    defaultText: 'from `REDIS_HOST`, `REDIS_PORT`',
    example: 'redis://host:6379 or sqlite:.kiosk/jobs.db',
    summary: 'Where queues and jobs are: `redis:`, `rediss:`, `redis+sentinel:`, or `sqlite:` for one machine.',
  },
  {
    key: 'broker.timeoutSeconds',
    env: ['REDIS_TIMEOUT'],
    type: 'number',
    unit: 's',
    default: 3,
    min: 0.01,
    summary: 'Bound of one command, and of the pause before reconnecting.',
  },
  {
    key: 'broker.durable',
    env: ['KIOSK_BROKER_DURABLE'],
    type: 'choice',
    choices: ['normal', 'full'],
    default: 'normal',
    summary: '`sqlite:` only. `full` keeps the last jobs through a power cut, at a sixth of the speed.',
  },
] as const satisfies readonly Setting[];

/** The parts of which the original's variables compose the broker's address. */
export const BROKER_PARTS = [
  {
    key: 'REDIS_HOST',
    inFile: false,
    env: ['REDIS_HOST'],
    type: 'text',
    default: 'redis-master',
    summary: 'Host of Redis or of a Sentinel, if `BROKER_URL` is not set.',
  },
  {
    key: 'REDIS_PORT',
    inFile: false,
    env: ['REDIS_PORT'],
    type: 'integer',
    default: 6379,
    min: 1,
    max: 65535,
    summary: 'Port of Redis or of a Sentinel, if `BROKER_URL` is not set.',
  },
] as const satisfies readonly Setting[];
