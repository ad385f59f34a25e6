import { writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isFinal } from '../broker/contract.js';
import { WaitForChildren } from '../consumer/children.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { ConsumerClass } from '../plugin/contract.js';
import { Mismatch } from './mismatch.js';
import { abortAtCalls, failAtCalls, loseJob } from './disturb.js';
import { around, tapped, type OnCall } from './observe.js';
import { executeIn, runJob, withJobRuntime, type TestJob, type TestOutcome } from './run-job.js';

/** A job that the consumer does, and what is asked of it. */
export interface ConsumerCheck extends TestJob {
  /** How long the consumer may go on after its job was aborted. Default 1 s. */
  readonly abortWithinMs?: number;
  /** Takes files of every kind, so that no file is wrong. */
  readonly takesAnyFile?: boolean;
  /** Fields that differ from run to run, beside times and names of results. */
  readonly varyingFields?: readonly string[];
}

/** Fields that no two runs have in common. */
const VARYING = new Set(['created_at', 'updated_at', 'finished_at', 'output_file_name', 'output_url', 'total_time']);

/**
 * Holds a consumer to what the runtime promises of all consumers: it does the job, twice alike; its fields are texts; it writes
 * no final status itself; it ends soon after it was aborted; it leaves no file and no object behind when it fails; it publishes
 * nothing of a job that is another worker's by then; it refuses a wrong file with a reason.
 * @throws {Mismatch} with all that was found
 */
export async function checkConsumer(consumerClass: ConsumerClass, check: ConsumerCheck = {}): Promise<void> {
  const found: string[] = [];
  const first = await runJob(consumerClass, check);
  if (first.status !== 'done') throw new Mismatch([`It does not do its job: ${lastLine(first)}`]);
  found.push(...differences(first, await runJob(consumerClass, check), check.varyingFields ?? []));
  const { calls, faults } = await watchCalls(consumerClass, check);
  found.push(...faults);
  found.push(...(await abortAtCalls(consumerClass, check, calls)));
  found.push(...(await failAtCalls(consumerClass, check, calls)));
  found.push(...(await loseJob(consumerClass, check, calls)));
  if (check.takesAnyFile !== true) found.push(...(await giveWrongFile(consumerClass, check)));
  if (found.length > 0) throw new Mismatch([...new Set(found)]);
}

function lastLine({ status, fields }: TestOutcome): string {
  return fields['reason']?.split('\n').at(-1) ?? `it ended as "${status}"`;
}

function differences(first: TestOutcome, second: TestOutcome, varying: readonly string[]): string[] {
  if (second.status !== 'done') return [`The second run ended as "${second.status}": ${lastLine(second)}`];
  const found: string[] = [];
  const differs = (name: string) => !VARYING.has(name) && !varying.includes(name) && !name.endsWith('_time');
  for (const name of new Set([...Object.keys(first.fields), ...Object.keys(second.fields)])) {
    const [a, b] = [first.fields[name], second.fields[name]];
    if (differs(name) && a !== b) found.push(`The field "${name}" is "${a}" in one run and "${b}" in the next.`);
  }
  for (const name of new Set([...first.files.keys(), ...second.files.keys()])) {
    const isNamedByChance = first.files.size === 1 && second.files.size === 1 && !first.fields[name];
    const a = first.files.get(name) ?? (isNamedByChance ? [...first.files.values()][0] : undefined);
    const b = second.files.get(name) ?? (isNamedByChance ? [...second.files.values()][0] : undefined);
    if (a === undefined || b === undefined) found.push(`The file "${name}" is there in one run only.`);
    else if (Buffer.compare(a.bytes, b.bytes) !== 0) found.push(`The file "${name}" differs from run to run.`);
  }
  return found;
}

/** One run that is looked at closely. */
async function watchCalls(consumerClass: ConsumerClass, check: ConsumerCheck) {
  const calls: string[] = [];
  const faults: string[] = [];
  const onCall: OnCall = (call, args) => {
    calls.push(call);
    if (call === 'broker.update') faults.push(...updateFaults(args[2] as Record<string, unknown>));
  };
  const returning = around(consumerClass, async (consume) => {
    const result = await consume();
    faults.push(...fieldFaults(result instanceof WaitForChildren ? result.fields : result));
    return result;
  });
  await withJobRuntime(check, async (runtime) => await executeIn(tapped(runtime, onCall), returning, check));
  return { calls, faults };
}

function fieldFaults(fields: Record<string, unknown>): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [`The field "${name}" is ${typeof value}, not a text.`],
  );
}

function updateFaults(fields: Record<string, unknown>): string[] {
  const status = fields['status'] as string | undefined;
  return [
    ...fieldFaults(fields),
    ...(isFinal(status) ? [`It writes the final status "${status}" itself; return the fields, or throw.`] : []),
  ];
}

async function giveWrongFile(consumerClass: ConsumerClass, check: ConsumerCheck): Promise<string[]> {
  return await withJobRuntime(check, async (runtime) => {
    const name = `wrong${typeof check.image === 'string' ? extname(check.image) : '.tif'}`;
    const image = join(runtime.bucket, name);
    await writeFile(image, 'This is text, whatever the name says.');
    const { status, error, fields } = await runJob(consumerClass, { ...check, image });
    if (status !== 'failed')
      return [`It ends as "${status}" with a file that is no image; refuse it, or say takesAnyFile.`];
    if (error instanceof KioskError) return [];
    const reason = fields['reason']?.split('\n').at(-1);
    return [`It meets a file that is no image with "${reason}"; throw a KioskError that says what is accepted.`];
  });
}
