import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Broker } from '../../src/broker/contract.js';
import type { BrokerOptions } from '../../src/broker/open.js';
import { claiming } from './broker/claiming.js';
import { composing } from './broker/composing.js';
import { fencing } from './broker/fencing.js';
import { inspecting } from './broker/inspecting.js';
import { operating } from './broker/operating.js';
import { recovering } from './broker/recovering.js';
import { waiting } from './broker/waiting.js';

/** A driver with data to work on. */
export interface BrokerUnderTest {
  /** Opens one more broker on the same data; closed by `close`. */
  open(options?: BrokerOptions): Promise<Broker>;
  /** The address for other processes; undefined if it cannot be shared. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

export type Subject = () => BrokerUnderTest;

/** What every broker promises. One suite, run for each driver. */
export function describeBroker(name: string, start: () => Promise<BrokerUnderTest>): void {
  describe(`broker ${name}`, () => {
    let subject: BrokerUnderTest | undefined;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject?.close());
    const get: Subject = () => subject!;

    describe('claiming', () => claiming(get));
    describe('fencing', () => fencing(get));
    describe('recovering', () => recovering(get));
    describe('waiting', () => waiting(get));
    describe('operating', () => operating(get));
    describe('composing', () => composing(get));
    describe('inspecting', () => inspecting(get));
  });
}
