import type { Broker, JobFields } from '../broker/contract.js';
import { queueName } from '../broker/names.js';
import { KioskError } from '../errors/kiosk-error.js';
import { digestOf } from './digest.js';

/** What `consume` returns for a job that goes on when its children have ended: the fields to be written meanwhile. */
export class WaitForChildren {
  constructor(readonly fields: JobFields) {}
}

/** A child that has ended. */
export interface ChildResult {
  readonly key: string;
  readonly isDone: boolean;
  /** Why it failed, in one line; undefined if it is done. */
  readonly reason: string | undefined;
  readonly fields: Readonly<JobFields>;
}

/** Long names are cut in keys; the digest tells them apart. */
const MOST_NAME_CHARACTERS = 120;
const PAGE = 500;
/** Reasons that are told of many children that failed. */
const MOST_TOLD = 5;

/** `<queue>:<name>:<32 hex digits>`; without a comma, since the Kiosk joins the names of children with commas. */
export function childKey(parent: string, queue: string, name: string): string {
  const digest = digestOf(`${parent}\0${queue}\0${name}`);
  const shown = name.replaceAll(/[\p{Cc}\p{Surrogate},]/gu, '_').slice(-MOST_NAME_CHARACTERS);
  return `${queueName(queue)}:${shown}:${digest}`;
}

export async function childResults(
  broker: Broker,
  parent: string,
  names: readonly string[],
  tolerate: 'none' | 'some' | 'all',
): Promise<ChildResult[]> {
  const results: ChildResult[] = [];
  for (;;) {
    const page = await broker.listChildren(parent, ['reason', 'original_name', ...names], results.length, PAGE);
    results.push(...page.map(({ key, fields }) => resultOf(key, fields)));
    if (page.length < PAGE) break;
  }
  const failed = results.filter(({ isDone }) => !isDone);
  const tooMany = tolerate === 'none' ? failed.length > 0 : tolerate === 'some' && failed.length === results.length;
  if (tooMany && failed.length > 0) throw childrenFailed(failed, results.length);
  return results;
}

function resultOf(key: string, fields: JobFields | undefined): ChildResult {
  if (fields === undefined) {
    const reason = 'JobNotFoundError: the hash of the job expired, or was deleted, before its result was fetched.';
    return { key, isDone: false, reason, fields: {} };
  }
  const isDone = fields['status'] === 'done';
  const told = fields['reason']?.trimEnd().split('\n').at(-1);
  const otherwise = `the job is "${fields['status'] ?? ''}" and gives no reason.`;
  return { key, isDone, reason: isDone ? undefined : told || otherwise, fields };
}

function childrenFailed(failed: readonly ChildResult[], total: number): KioskError {
  const told = failed
    .slice(0, MOST_TOLD)
    .map(({ key, reason, fields }) => `${fields['original_name'] ?? key}: ${reason}`);
  const rest = failed.length > MOST_TOLD ? [`and ${failed.length - MOST_TOLD} more`] : [];
  const many = failed.length === total ? 'All' : String(failed.length);
  return new KioskError(
    'KC_CHILD_FAILED',
    `${many} of ${total} jobs that this one needs failed: ${failed[0]!.reason}`,
    {
      details: [...told, ...rest],
      hint: 'kiosk-consumer inspect tells of each; once the cause is mended, kiosk-consumer retry does the failed ones anew',
    },
  );
}
