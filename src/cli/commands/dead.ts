import type { DeadJob } from '../../broker/contract.js';
import type { CommandContext } from '../command-context.js';
import { tellDuration } from '../duration.js';
import { lastLine } from '../outcome.js';

/** `dead`: the jobs that were set aside, newest first, and why. */
export async function dead(context: CommandContext): Promise<number> {
  const broker = await context.broker();
  const { settings } = await context.settings();
  const { output, json } = context;
  const all = await broker.dead();
  const jobs = all.filter(({ queue }) => settings.queue === undefined || queue === settings.queue);
  const now = Date.now();
  if (json) {
    for (const { key, queue, since, fields, deaths } of jobs) {
      output.json({
        hash: key,
        queue,
        since: new Date(since).toISOString(),
        why: lastLine(fields['reason'] ?? ''),
        deaths,
        fields,
      });
    }
    return 0;
  }
  if (jobs.length === 0) {
    output.message('No job is set aside.');
    return 0;
  }
  output.table<DeadJob>(
    [
      { title: 'job', value: ({ key }) => key, paint: output.style.bold },
      { title: 'queue', value: ({ queue }) => queue },
      { title: 'since', value: ({ since }) => `${tellDuration(now - since)} ago`, align: 'right' },
      { title: 'deaths', value: ({ deaths }) => String(deaths.length), align: 'right' },
      { title: 'why', value: ({ fields }) => lastLine(fields['reason'] ?? '') },
    ],
    jobs,
  );
  output.message('Again: kiosk-consumer retry HASH, or --all. All that is known of one: kiosk-consumer inspect HASH.');
  return 0;
}
