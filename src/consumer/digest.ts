import { createHash } from 'node:crypto';

/** 32 hexadecimal digits that stand for a text: in names that must be the same however often a job makes them. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
