import { describe, expect, test } from '@jest/globals';
import type { Row } from '../contract.js';
import { benchmarksPage } from '../generate-page.js';
import { interleave } from './interleave.js';
import { meetsGoal, renderText } from './render.js';
import { rateRow, timeRow } from './rows.js';
import { quantile, single, spreadOf } from './spread.js';

describe('the figures of a benchmark', () => {
  test('are medians with the least and the greatest, whatever the order', () => {
    expect(spreadOf([9, 1, 3, 2, 8])).toEqual({ median: 3, min: 1, max: 9, runs: 5 });
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5, 12);
  });

  test('compare costs round by round, so that a slow round of the machine counts for both', () => {
    const costs = { ours: [1, 20, 3], peer: [2, 40, 6] };
    const row = rateRow({ name: 'kernel', costs, ours: 'ours', peer: 'peer', unit: 'px/s', amount: 10 });
    expect(row.ratio).toEqual({ median: 0.5, min: 0.5, max: 0.5, runs: 3 });
    expect(row.value.max).toBe(10_000);
  });

  test('take contenders in turn and leave the first round out unless it was long', async () => {
    const order: string[] = [];
    const quick = { a: () => order.push('a'), b: () => order.push('b') };
    expect(await interleave(quick, 2)).toEqual({ a: [3, 5], b: [4, 6] });
    expect(order.join('')).toBe('ababab');
    expect(await interleave({ long: () => 5000 }, 2)).toEqual({ long: [5000, 5000] });
  });
});

describe('the table', () => {
  const costs = { ours: [10], peer: [40] };
  const met = timeRow({ name: 'reads', costs, ours: 'ours', peer: 'peer', goal: { of: 'ratio', atMost: 0.5 } });
  const missed: Row = { name: 'waits', unit: 'ms', value: single(70), goal: { of: 'value', atMost: 50 } };

  test('tells which goals are met; a row without a goal has none to miss', () => {
    expect(meetsGoal(met)).toBe(true);
    expect(meetsGoal(missed)).toBe(false);
    expect(meetsGoal({ name: 'plain', unit: 'ms', value: single(1) })).toBeUndefined();
    const lines = renderText([met, missed]).split('\n');
    expect(lines[1]).toMatch(/^reads\s+10\.0\s+ms\s+peer\s+40\.0\s+0\.25 \(0\.25 – 0\.25\)\s+≤ 0\.5×: met$/u);
    expect(lines[2]).toMatch(/^waits\s+70\.0\s+ms\s+≤ 50: MISSED$/u);
  });

  test('is the page too, with machine, day and notes', () => {
    const machine = { cpu: 'Abacus', cores: 2, memoryGiB: 8, platform: 'linux x64', node: 'v20.19.0' };
    const rows = [met, { ...missed, note: 'on a bad day.' }];
    const page = benchmarksPage([
      { name: 'beads', summary: 'How fast they move.', date: '2025-01-31', seconds: 3, machine, rows },
    ]);
    expect(page).toContain('## beads\n\nHow fast they move.\n\n| what | median |');
    expect(page).toContain('| waits | 70.0 |');
    expect(page).toContain('- waits: on a bad day.');
    expect(page).toContain('2025-01-31, Abacus, 2 cores, 8 GiB, linux x64, Node v20.19.0');
  });
});
