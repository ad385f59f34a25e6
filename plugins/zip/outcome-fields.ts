import type { ChildResult } from 'kiosk-consumer';

/** Fields of the children that their parent lists, for the Kiosk's benchmarks. */
export const TIMES = [
  'prediction_time',
  'preprocess_time',
  'postprocess_time',
  'upload_time',
  'download_time',
  'total_time',
  'predict_retries',
] as const;

/** `child → reason` as the Kiosk's frontend reads it: `application/x-www-form-urlencoded`, empty if all went well. */
export function failureMap(failures: ReadonlyMap<string, string>): string {
  return new URLSearchParams([...failures]).toString();
}

/** The values that children have for a field, joined with commas; nothing if none has a number there. */
export function listOf(name: string, results: readonly ChildResult[]): [name: string, list: string][] {
  const values = results.flatMap(({ fields }) => fields[name] ?? []).filter((value) => Number.isFinite(Number(value)));
  return values.length === 0 ? [] : [[name, values.join(',')]];
}
