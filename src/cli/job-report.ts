import { isFinal, type JobState } from '../broker/contract.js';
import { parseTimestamp } from '../broker/timestamp.js';
import { deathLine } from '../worker/crash-report.js';
import { tellDuration } from './duration.js';
import { stageSeconds } from './stage-seconds.js';
import type { Style } from './style.js';
import { wrap } from './wrap.js';

/** Fields that stand in the upper part of the report. */
const SHOWN_ABOVE = new Set([
  'status',
  'created_at',
  'updated_at',
  'updated_by',
  'finished_at',
  'reason',
  'output_url',
  'progress',
]);
const WIDTH = 100;

/** What is known of a job, for people: the state first, then times, the failure, and every field. */
export function jobReport(state: JobState, now: number, style: Style): string[] {
  const { fields } = state;
  const rows: [string, string][] = [
    ['job', state.key],
    ['status', paintStatus(fields['status'], style)],
    ['age', ageOf(fields['created_at'], now)],
    ['updated', updated(state, now)],
    ['attempts', state.attempts === undefined ? 'none by a worker of this kind' : String(state.attempts)],
    ['held by', holder(state)],
    ['stage', state.note === undefined ? '' : `${state.note.stage}, with ${state.note.memoryMB} MB of memory`],
    ['children', children(state)],
    ['set aside', state.setAside ? 'yes; kiosk-consumer retry does it again' : ''],
  ];
  if (fields['progress']) rows.push(['progress', `${fields['progress']} %`]);
  const result = fields['output_url'] || fields['output_file_name'];
  if (result) rows.push(['result', result]);
  return [
    ...rows.filter(([, value]) => value !== '').map(([name, value]) => `${style.dim(name.padEnd(10))}${value}`),
    ...failure(fields['reason'], style),
    ...deaths(state, style),
    ...stages(fields, style),
    ...otherFields(fields, style),
  ];
}

export function jobAsJson(state: JobState, now: number): Record<string, unknown> {
  const createdAt = parseTimestamp(state.fields['created_at']);
  const updatedAt = parseTimestamp(state.fields['updated_at']);
  return {
    key: state.key,
    status: state.fields['status'] ?? null,
    ageMs: createdAt === undefined ? null : now - createdAt,
    silentMs: updatedAt === undefined ? null : now - updatedAt,
    attempts: state.attempts ?? null,
    lease: state.lease ?? null,
    note: state.note ?? null,
    deaths: state.deaths,
    setAside: state.setAside,
    children: state.children ?? null,
    failure: state.fields['reason'] ? lastLineFirst(state.fields['reason'])[0] : null,
    stageSeconds: Object.fromEntries(stageSeconds(state.fields)),
    fields: state.fields,
  };
}

function paintStatus(status: string | undefined, style: Style): string {
  if (status === undefined || status === '') return 'none';
  if (status === 'done') return style.green(status);
  return status === 'failed' ? style.red(status) : style.yellow(status);
}

function ageOf(createdAt: string | undefined, now: number): string {
  const time = parseTimestamp(createdAt);
  return time === undefined ? 'unknown (no created_at)' : tellDuration(now - time);
}

function updated({ fields }: JobState, now: number): string {
  const time = parseTimestamp(fields['updated_at']);
  if (time === undefined) return 'never';
  const by = fields['updated_by'] ? ` by ${fields['updated_by']}` : '';
  return `${tellDuration(now - time)} ago${by}`;
}

function children({ children: counts }: JobState): string {
  if (counts === undefined) return '';
  const { total, done, failed, gone } = counts;
  const ended = [`${done} done`, ...(failed > 0 ? [`${failed} failed`] : []), ...(gone > 0 ? [`${gone} gone`] : [])];
  return `${total}: ${ended.join(', ')}`;
}

function holder({ lease, fields }: JobState): string {
  if (lease !== undefined) {
    const time =
      lease.remainingMs < 0
        ? `its lease ran out ${tellDuration(-lease.remainingMs)} ago`
        : `lease for ${tellDuration(lease.remainingMs)} more`;
    return `${lease.worker}, queue ${lease.queue}; ${time}`;
  }
  return isFinal(fields['status']) ? '' : 'nobody of this kind';
}

/** The last line is what the job failed of; those before it are where and why. */
function failure(reason: string | undefined, style: Style): string[] {
  if (!reason) return [];
  const [last, ...others] = lastLineFirst(reason);
  return [
    '',
    style.red('failed because'),
    ...wrap(`  ${last}`, WIDTH, '  '),
    ...others.map((line) => style.dim(`    ${line}`)),
  ];
}

/** A failed job tells of them in its reason. */
function deaths({ deaths: all, fields }: JobState, style: Style): string[] {
  if (all.length === 0 || fields['status'] === 'failed') return [];
  return ['', style.red('its workers died'), ...all.map((death) => `  ${deathLine(death)}`)];
}

function lastLineFirst(reason: string): [string, ...string[]] {
  const lines = reason.trimEnd().split('\n');
  return [lines.at(-1) ?? '', ...lines.slice(0, -1)];
}

/** Stages in the order in which they come; any other one after them. */
const STAGE_ORDER = ['download', 'preprocess', 'prediction', 'postprocess', 'upload'];

function rank(stage: string): number {
  return STAGE_ORDER.includes(stage) ? STAGE_ORDER.indexOf(stage) : STAGE_ORDER.length;
}

function stages(fields: JobState['fields'], style: Style): string[] {
  const found = stageSeconds(fields).toSorted(([a], [b]) => rank(a) - rank(b));
  if (found.length === 0) return [];
  const total = Number(fields['total_time']);
  const rows = fields['total_time'] && Number.isFinite(total) ? [...found, ['total', total] as const] : found;
  return [
    '',
    style.bold('time'),
    ...rows.map(([stage, seconds]) => `  ${stage.padEnd(14)}${tellDuration(seconds * 1000).padStart(12)}`),
  ];
}

function otherFields(fields: JobState['fields'], style: Style): string[] {
  const others = Object.entries(fields)
    .filter(([name]) => !SHOWN_ABOVE.has(name) && !name.endsWith('_time'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (others.length === 0) return [];
  const column = Math.max(...others.map(([name]) => name.length)) + 2;
  return [
    '',
    style.bold('fields'),
    ...others.map(([name, value]) => `  ${style.dim(name.padEnd(column))}${value.replaceAll('\n', '\\n')}`),
  ];
}
