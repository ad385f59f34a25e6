import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import * as sqliteChildren from '../../src/broker/sqlite/children.js';
import * as sqliteClaims from '../../src/broker/sqlite/claims.js';
import * as redisScript from '../../src/broker/redis/scripts/script.js';
import { requireTool } from '../support/require-tool.js';
import {
  type Mutant,
  mutate,
  REDIS_MUTANTS,
  type RedisMutant,
  SQLITE_MUTANTS,
  type SqliteMutant,
} from './model/mutants.js';
import { type MovableClock, stopClock } from './model/movable-clock.js';
import { brokerFollowsContract } from './model/property.js';
import { redisSubject } from './model/redis-subject.js';
import { BrokenRule } from './model/rules.js';
import { announcedSeed } from './model/seed.js';
import { sqliteSubject } from './model/sqlite-subject.js';
import type { Subject } from './model/subject.js';

/*
 * Shows that the model-based test can fail: the same property, against drivers of which a part is taken out. The parts
 * are replaced as the drivers load them, so the drivers themselves know nothing of it.
 */
const MOST_RUNS = 300;
/** As they are, the drivers must pass here too: otherwise the replacing would be what is found. */
const CONTROL_RUNS = 30;

let redisMutant: RedisMutant | undefined;
let sqliteMutant: SqliteMutant | undefined;

const realScript = { ...redisScript };
jest.unstable_mockModule('../../src/broker/redis/scripts/script.js', () => ({
  ...realScript,
  runScript: ((client, script, ...rest) =>
    realScript.runScript(
      client,
      redisMutant ? mutate(script, redisMutant) : script,
      ...rest,
    )) satisfies typeof realScript.runScript,
}));

const realClaims = { ...sqliteClaims };
jest.unstable_mockModule('../../src/broker/sqlite/claims.js', () => {
  const current = (): typeof sqliteClaims => ({ ...realClaims, ...sqliteMutant?.claims?.(realClaims) });
  return {
    ...realClaims,
    fencedWrite: (...args: Parameters<typeof sqliteClaims.fencedWrite>) => current().fencedWrite(...args),
    forget: (...args: Parameters<typeof sqliteClaims.forget>) => current().forget(...args),
  };
});

const realChildren = { ...sqliteChildren };
jest.unstable_mockModule('../../src/broker/sqlite/children.js', () => ({
  ...realChildren,
  countChild: (...args: Parameters<typeof sqliteChildren.countChild>) =>
    (sqliteMutant?.children?.countChild ?? realChildren.countChild)(...args),
}));

const { openBroker } = await import('../../src/broker/open.js');

const seed = announcedSeed('model-based test of mutilated brokers');

function fails<M extends Mutant>(
  name: string,
  start: () => Promise<Subject>,
  mutants: readonly M[],
  use: (mutant: M | undefined) => void,
): void {
  describe(`broker ${name}`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject.close());

    test('as it is keeps to the contract', async () => {
      use(undefined);
      await fc.assert(brokerFollowsContract(subject), { seed, numRuns: CONTROL_RUNS });
    });

    test.each(mutants)(
      'is found out without $taken',
      async (mutant) => {
        use(mutant);
        const found = await fc.check(brokerFollowsContract(subject), { seed, numRuns: MOST_RUNS });
        expect(found).toMatchObject({ failed: true, errorInstance: expect.any(BrokenRule) });
        const { rule, message } = found.errorInstance as BrokenRule;
        process.stderr.write(
          `${name} without ${mutant.taken}, run ${found.numRuns}: ${fc.stringify(found.counterexample)}: ${message}\n`,
        );
        expect(mutant.breaks).toContain(rule);
      },
      120_000,
    );
  });
}

describe('with the clock in the hands of the test', () => {
  let clock: MovableClock;
  beforeAll(() => {
    clock = stopClock();
  });
  afterAll(() => clock.release());

  fails(
    'sqlite:',
    () => sqliteSubject(clock, openBroker),
    SQLITE_MUTANTS,
    (mutant) => (sqliteMutant = mutant),
  );
});

if (requireTool('redis-server'))
  fails(
    'redis:',
    () => redisSubject(openBroker),
    REDIS_MUTANTS,
    (mutant) => (redisMutant = mutant),
  );
else test.todo('broker redis: needs redis-server');
