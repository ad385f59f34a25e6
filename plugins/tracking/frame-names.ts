import { digestOf, field, safeEntryName, type Job } from 'kiosk-consumer';

/** Directory and base name of a film, without its extension. */
export function filmStem(job: Job): string {
  return safeEntryName(field(job, 'original_name') ?? field(job, 'input_file_name') ?? 'film').replace(
    /\.[^./]*$/u,
    '',
  );
}

/** What people see of a frame. */
export function frameName(job: Job, frame: number): string {
  return `${filmStem(job).split('/').at(-1)!}-tracking-frame-${frame}.tif`;
}

/** Where a frame lies in the bucket: the same however often a film is sent out. */
export function frameKey(job: Job, frame: number): string {
  return `output/${digestOf(job.key)}-${frameName(job, frame).slice(-200)}`;
}
