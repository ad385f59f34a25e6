import { afterAll, beforeAll, describe, test } from '@jest/globals';
import * as fc from 'fast-check';
import { openBroker } from '../../src/broker/open.js';
import { requireTool } from '../support/require-tool.js';
import { memorySubject } from './model/memory-subject.js';
import { type MovableClock, stopClock } from './model/movable-clock.js';
import { brokerFollowsContract } from './model/property.js';
import { redisSubject } from './model/redis-subject.js';
import { announcedSeed } from './model/seed.js';
import { sqliteSubject } from './model/sqlite-subject.js';
import type { Subject } from './model/subject.js';

/*
 * Thousands of random orders in which jobs are made, taken, held, lost, given back, ended and cleared away. Each is played
 * on a driver and on the reference model beside it; after every step answers and everything that is kept are compared.
 *
 * Every run of the tests explores anew, and prints its seed. To see a failure again, take seed and path from its message
 * and name the broker:
 *
 *     MODEL_SEED=-17 MODEL_PATH=41:3:0 npm run jest -- test/broker/model-based.test.ts -t sqlite:
 *
 * MODEL_RUNS=20000 makes it look further.
 */
const seed = announcedSeed('model-based test of the brokers');
const replay = process.env['MODEL_PATH'] === undefined ? {} : { path: process.env['MODEL_PATH'] };
const RUNS = { memory: 1000, 'sqlite:': 1200, 'redis:': 1200 } as const;

function follows(name: keyof typeof RUNS, start: () => Promise<Subject>): void {
  describe(`broker ${name}`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject.close());

    test('keeps to the contract in every order of events', async () => {
      const numRuns = Number(process.env['MODEL_RUNS'] ?? RUNS[name]);
      await fc.assert(brokerFollowsContract(subject), { seed, numRuns, ...replay });
    }, 900_000);
  });
}

describe('with the clock in the hands of the test', () => {
  let clock: MovableClock;
  beforeAll(() => {
    clock = stopClock();
  });
  afterAll(() => clock.release());

  follows('memory', async () => memorySubject(clock));
  follows('sqlite:', () => sqliteSubject(clock, openBroker));
});

if (requireTool('redis-server')) follows('redis:', () => redisSubject(openBroker));
else test.todo('broker redis: needs redis-server');
