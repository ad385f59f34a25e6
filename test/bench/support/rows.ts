import type { Goal, Row } from '../contract.js';
import type { Costs } from './interleave.js';
import { spreadOf } from './spread.js';

interface RowOptions {
  readonly name: string;
  readonly costs: Costs;
  /** Which of the costs are ours. */
  readonly ours: string;
  readonly peer?: string | undefined;
  readonly goal?: Goal;
  readonly note?: string;
}

/** Times as they were measured, in ms. */
export function timeRow(options: RowOptions): Row {
  return rowOf(options, 'ms', (ms) => ms);
}

/** How much is done in a second: `amount` a round. */
export function rateRow(options: RowOptions & { readonly amount: number; readonly unit: string }): Row {
  return rowOf(options, options.unit, (ms) => (options.amount / ms) * 1000);
}

function rowOf({ name, costs, ours, peer, goal, note }: RowOptions, unit: string, show: (ms: number) => number): Row {
  const own = costs[ours] ?? [];
  const other = peer === undefined ? undefined : costs[peer];
  return {
    name,
    unit,
    value: spreadOf(own.map(show)),
    ...(other && { peer: { name: peer!, value: spreadOf(other.map(show)) } }),
    ...(other && { ratio: spreadOf(own.map((cost, round) => cost / other[round]!)) }),
    ...(goal && { goal }),
    ...(note !== undefined && { note }),
  };
}
