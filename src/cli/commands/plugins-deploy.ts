import type { CommandContext } from '../command-context.js';
import type { DeployOptions } from '../command-options.js';
import { deploymentPieces } from '../scaffold/deployment.js';

/** Prints, as YAML with comments, what a Kiosk cluster has to be told of a job type. Nothing is changed anywhere. */
export async function pluginsDeploy(context: CommandContext, type: string, options: DeployOptions): Promise<number> {
  const { output } = context;
  const registry = await context.registry();
  const { defaultQueue, queueSuffix } = registry.consumerFor(type);
  const { settings } = await context.settings();
  const pieces = deploymentPieces({
    type,
    queue: (settings.queue ?? defaultQueue).toLowerCase(),
    suffix: queueSuffix,
    image: imageOf(options.image),
    otherQueues: listOf(options.queues ?? ''),
  });
  if (context.json) {
    output.json({ type, pieces });
    return 0;
  }
  for (const { place, text } of pieces) {
    output.line('---');
    output.line(`# ${place}`);
    for (const line of text.trimEnd().split('\n')) output.line(line);
  }
  if (options.queues === undefined)
    output.message('Lists of queues hold this one alone; --queues adds those that the cluster has already.');
  return 0;
}

/** A colon in front of a `/` belongs to a port. */
function imageOf(image: string): { repository: string; tag: string } {
  const colon = image.lastIndexOf(':');
  if (colon <= image.lastIndexOf('/')) return { repository: image, tag: 'latest' };
  return { repository: image.slice(0, colon), tag: image.slice(colon + 1) };
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
