import type { Command } from 'commander';
import type { RetryOptions } from './command-options.js';
import { withExamples } from './help.js';
import type { Action } from './program.js';

/** The commands with which an operator acts on jobs. */
export function declareSteering(program: Command, action: Action, queue: readonly [flags: string, text: string]): void {
  const cancel = program
    .command('cancel')
    .description('ends jobs as failed, waiting ones and running ones')
    .argument('<HASH...>', 'names of jobs')
    .action(
      action('service', async (context, command) => {
        const module = await import('./commands/cancel.js');
        return await module.cancel(context, command.args);
      }),
    );
  withExamples(cancel, [['kiosk-consumer cancel predict:image.tif:7c0f…', 'stops the job wherever it is']]);

  const dead = program
    .command('dead')
    .description('shows the jobs that were set aside, and why')
    .option(...queue)
    .action(action('service', async (context) => (await import('./commands/dead.js')).dead(context)));
  withExamples(dead, [
    ['kiosk-consumer dead', 'jobs that killed their worker, or failed of something that may pass'],
    ['kiosk-consumer dead --json', 'with all that is known of each'],
  ]);

  const retry = program
    .command('retry')
    .description('makes failed jobs new')
    .argument('[HASH...]', 'names of jobs')
    .option('--all', 'every job that was set aside; with --queue, those of one queue')
    .option(...queue)
    .action(
      action('service', async (context, command) => {
        const module = await import('./commands/retry.js');
        return await module.retry(context, command.args, command.opts<RetryOptions>());
      }),
    );
  withExamples(retry, [
    ['kiosk-consumer retry predict:image.tif:7c0f…', 'does a job again that was set aside'],
    ['kiosk-consumer retry --all', 'does all of them again'],
    ['kiosk-consumer retry predict:image.tif:7c0f… --queue predict', 'does any failed job again'],
  ]);
}
