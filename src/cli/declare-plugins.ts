import type { Command } from 'commander';
import type { CreateOptions, DeployOptions } from './command-options.js';
import { withExamples } from './help.js';
import type { Action } from './program.js';

/** The commands that have to do with plugins. */
export function declarePlugins(program: Command, action: Action): void {
  const plugins = program.command('plugins').description('shows, makes and deploys plugins').helpCommand(false);
  const list = plugins
    .command('list', { isDefault: true })
    .description('shows the plugins that are loaded and what they offer')
    .action(action('service', async (context) => (await import('./commands/plugins-list.js')).pluginsList(context)));
  withExamples(list, [
    ['kiosk-consumer plugins list', 'shows types, options and functions, and where each comes from'],
  ]);

  const create = plugins
    .command('create')
    .description('makes a package for a job type of your own, ready to be built, tested and published')
    .argument('<NAME>', 'what it is called: brightness, kiosk-consumer-plugin-brightness, @lab/brightness')
    .option('--dir <DIR>', 'folder of the package, not there or empty; default: its name')
    .option('--type <TYPE>', 'the job type; default: what the name says')
    .action(
      action('local', async (context, command) => {
        const module = await import('./commands/plugins-create.js');
        return await module.pluginsCreate(context, command.args[0]!, command.opts<CreateOptions>());
      }),
    );
  withExamples(create, [
    ['kiosk-consumer plugins create brightness', 'writes the package into kiosk-consumer-plugin-brightness'],
    ['kiosk-consumer plugins create @lab/brightness --dir plugin', 'the same with a scope, into another folder'],
  ]);

  const deploy = plugins
    .command('deploy')
    .description('prints what a Kiosk cluster needs for a job type: Helm values, queues, metrics')
    .argument('<TYPE>', 'a job type that is loaded')
    .option('--image <IMAGE>', 'container image with the plugin in it', 'registry.example.org/kiosk-consumer:latest')
    .option('--queues <LIST>', 'queues that the cluster has already, comma list')
    .action(
      action('service', async (context, command) => {
        const module = await import('./commands/plugins-deploy.js');
        return await module.pluginsDeploy(context, command.args[0]!, command.opts<DeployOptions>());
      }),
    );
  withExamples(deploy, [
    ['kiosk-consumer plugins deploy segmentation', 'prints the pieces, each with the place where it belongs'],
    [
      'kiosk-consumer plugins deploy brightness --image registry.example.org/lab/kiosk:1 --queues segmentation,mesmer',
      'with your image, and the whole lists of queues',
    ],
  ]);
}
