import { field, type Job } from '../job.js';

/** What the files of a job are called in its archive. */
export function stemOf(job: Job): string {
  return archiveStem(field(job, 'original_name') ?? field(job, 'input_file_name') ?? 'image');
}

/** Directory and base name of an image inside the archive: without its last extension, never absolute, never upwards. */
export function archiveStem(originalName: string): string {
  const parts = originalName.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const base = parts.pop() ?? 'image';
  const dot = base.lastIndexOf('.');
  return [...parts, dot > 0 ? base.slice(0, dot) : base].join('/');
}
