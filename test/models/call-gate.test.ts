import { describe, expect, test } from '@jest/globals';

import { CallGate, type Turn } from '../../src/models/call-gate.js';
import type { CallOutcome } from '../../src/models/call-limit.js';
import type { ModelsEvent } from '../../src/models/contract.js';

const PATIENT = { signal: undefined, waitMs: 20_000, onWait: () => undefined };

/** So many calls that begin together and end together. */
async function calls(gate: CallGate, count: number, outcome: CallOutcome): Promise<void> {
  const turns: Turn[] = [];
  for (let i = 0; i < count; i++) turns.push((await gate.enter(PATIENT))!);
  for (const turn of turns) turn.end(outcome, 'busy');
}

/** How many calls the gate lets through at once now. */
async function room(gate: CallGate): Promise<number> {
  const turns: Turn[] = [];
  for (;;) {
    const turn = await gate.enter({ ...PATIENT, waitMs: 0 });
    if (!turn) break;
    turns.push(turn);
  }
  for (const turn of turns) turn.end('stopped');
  return turns.length;
}

describe('the limit on calls', () => {
  test('begins high, is halved once for calls that fail together, and never falls below one', async () => {
    const gate = new CallGate('server', 1);
    expect(await room(gate)).toBe(32);
    await calls(gate, 16, 'answered');
    const together = await Promise.all(Array.from({ length: 16 }, async () => (await gate.enter(PATIENT))!));
    for (const turn of together.slice(0, 4)) turn.end('overloaded', 'busy');
    for (const turn of together.slice(4)) turn.end('answered');
    expect(await room(gate)).toBe(8);
    for (let i = 0; i < 6; i++) {
      await calls(gate, 1, 'overloaded');
      await calls(gate, 1, 'answered');
    }
    expect(await room(gate)).toBe(1);
  });

  test('rises by one when four full sets of calls have succeeded, and not while it is not used up', async () => {
    const gate = new CallGate('server', 1);
    await calls(gate, 4, 'overloaded');
    expect(await room(gate)).toBe(2);
    for (let i = 0; i < 40; i++) await calls(gate, 1, 'answered');
    expect(await room(gate)).toBe(2);
    const full = async (sets: number, size: number): Promise<void> => {
      for (let i = 0; i < sets * size; i++) {
        const turns = await Promise.all(Array.from({ length: size }, async () => (await gate.enter(PATIENT))!));
        turns[0]!.end('answered');
        for (const turn of turns.slice(1)) turn.end('stopped');
      }
    };
    await full(3, 2);
    expect(await room(gate)).toBe(2);
    await full(2, 2);
    expect(await room(gate)).toBe(3);
  });
});

describe('the queue for a turn', () => {
  test('is first come, first served, and those who leave it are passed over', async () => {
    const gate = new CallGate('server', 1);
    await calls(gate, 2, 'overloaded');
    const first = (await gate.enter(PATIENT))!;
    const order: string[] = [];
    const stop = new AbortController();
    const wait = async (name: string, signal?: AbortSignal): Promise<void> => {
      const turn = await gate.enter({ ...PATIENT, signal });
      order.push(name);
      turn!.end('answered');
    };
    const waiting = [wait('a'), wait('b', stop.signal).catch((error: unknown) => error), wait('c')];
    stop.abort();
    first.end('answered');
    const [, left] = await Promise.all(waiting);
    expect(left).toMatchObject({ code: 'KC_ABORTED' });
    expect(order).toEqual(['a', 'c']);
  });

  test('tells those who wait when they begin to wait and whenever a call has ended', async () => {
    const gate = new CallGate('server', 1);
    await calls(gate, 2, 'overloaded');
    const first = (await gate.enter(PATIENT))!;
    const told: string[] = [];
    const waiting = [1, 2].map(async () => await gate.enter({ ...PATIENT, onWait: (reason) => told.push(reason) }));
    expect(told).toEqual(Array(2).fill('server is given 1 call at a time'));
    first.end('answered');
    expect(told).toHaveLength(3);
    (await waiting[0])!.end('answered');
    (await waiting[1])!.end('answered');
  });
});

describe('the circuit breaker', () => {
  test('opens after five failures in a row, however they are spread, and not after four and an answer', async () => {
    const events: ModelsEvent[] = [];
    const gate = new CallGate('server', 1, (event) => events.push(event));
    await calls(gate, 4, 'away');
    await calls(gate, 1, 'answered');
    for (const outcome of ['overloaded', 'away', 'overloaded', 'away'] as const) await calls(gate, 1, outcome);
    expect(gate.isOpen).toBe(false);
    await calls(gate, 1, 'away');
    expect(gate.isOpen).toBe(true);
    expect(events.filter(({ kind }) => kind !== 'limited').map(({ kind, message }) => [kind, message])).toEqual([
      ['lost', 'the model server server does not answer (busy); one call at a time tries it'],
    ]);
  });

  test('lets one probe at a time through, with pauses that grow, and closes when one is answered', async () => {
    const gate = new CallGate('server', 80);
    await calls(gate, 5, 'away');
    const pauses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const from = performance.now();
      const probe = (await gate.enter(PATIENT))!;
      pauses.push(performance.now() - from);
      expect(await gate.enter({ ...PATIENT, waitMs: 0 })).toBeUndefined();
      probe.end('away', 'busy');
    }
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(40 * 2 ** index - 2);
    (await gate.enter(PATIENT))!.end('answered');
    expect(gate.isOpen).toBe(false);
    expect(await room(gate)).toBeGreaterThan(0);
  });

  test('gives the turn to the next one when a probe is given up', async () => {
    const gate = new CallGate('server', 1);
    await calls(gate, 5, 'away');
    const probe = (await gate.enter(PATIENT))!;
    const next = gate.enter(PATIENT);
    probe.end('stopped');
    (await next)!.end('answered');
    expect(gate.isOpen).toBe(false);
  });
});
