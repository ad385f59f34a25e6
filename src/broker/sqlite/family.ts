import type { ChildCounts } from '../contract.js';
import type { Database } from './database.js';

/** How the children of a job stand; undefined if it has none. */
export function childCounts(db: Database, parent: string): ChildCounts | undefined {
  const rows = db.all('SELECT state, count(*) AS n FROM children WHERE parent = ? GROUP BY state', parent);
  if (rows.length === 0) return undefined;
  const by = new Map(rows.map(({ state, n }) => [String(state), Number(n)]));
  const total = [...by.values()].reduce((sum, n) => sum + n, 0);
  return { total, done: by.get('done') ?? 0, failed: by.get('failed') ?? 0, gone: by.get('gone') ?? 0 };
}
