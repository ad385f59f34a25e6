import type { JobFields } from '../broker/contract.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { WaitForChildren } from './children.js';
import type { Consumer } from './consumer.js';
import type { ConsumerContext } from './context.js';

/** Makes the consumer of one try and lets it work. @throws {KioskError} `KC_JOB_FILETYPE` if it does not take the job */
export async function doJob(
  consumerClass: new (context: ConsumerContext) => Consumer,
  context: ConsumerContext,
): Promise<JobFields | WaitForChildren> {
  const { job } = context;
  const consumer = new consumerClass(context);
  if (!consumer.accepts(job)) {
    throw new KioskError('KC_JOB_FILETYPE', `Invalid filetype for "${context.queue}" job.`, {
      hint: `The "${context.type}" consumer does not take "${job.fields['input_file_name'] ?? ''}".`,
    });
  }
  return await consumer.consume(job);
}
