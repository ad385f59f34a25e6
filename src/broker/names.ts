import { KioskError } from '../errors/kiosk-error.js';

/**
 * The name of a queue as it stands on the wire: lower case, as every component of the Kiosk but its frontend
 * writes it. A colon would break the names of processing lists (`processing-<queue>:<worker>`).
 */
export function queueName(queue: string): string {
  const name = queue.toLowerCase();
  if (name === '' || name.includes(':')) {
    throw new KioskError('KC_CONFIG', `"${queue}" is no name of a queue.`, {
      hint: 'give the queue a name without a colon, such as predict',
    });
  }
  return name;
}

/** Where the jobs that a worker has in hand are listed, for janitor, autoscaler and metrics exporter. */
export function processingList(queue: string, workerName: string): string {
  if (workerName === '' || workerName.includes(':')) {
    throw new KioskError('KC_CONFIG', `"${workerName}" is no name of a worker.`, {
      hint: 'set HOSTNAME to the bare name of the pod or machine, without a colon',
    });
  }
  return `processing-${queue}:${workerName}`;
}

/** The name of a job hash, checked: it may hold anything, but not stand where only keys of ours, or only lists, may stand. */
export function jobName(key: string): string {
  if (key.startsWith('kiosk:') || key.startsWith('processing-')) {
    throw new KioskError('KC_JOB_INVALID', `"${key}" is no name of a job.`, {
      hint: 'names that begin with kiosk: or processing- are taken; name the job as "enqueue" does',
    });
  }
  return key;
}
