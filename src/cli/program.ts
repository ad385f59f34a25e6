import { Command, CommanderError } from 'commander';
import { ownVersion } from '../config/own-version.js';
import { DEFAULT_OUTPUTS, OUTPUTS } from '../images/outputs/output-names.js';
import type { ConsumeOptions, EnqueueOptions, GlobalOptions, InspectOptions, RunOptions } from './command-options.js';
import type { CommandContext } from './command-context.js';
import { declarePlugins } from './declare-plugins.js';
import { declareSteering } from './declare-steering.js';
import { formatHelp, withExamples } from './help.js';
import { fieldSetting } from './field-setting.js';
import { addGlobalOptions, settingFlags } from './global-options.js';

/** A command that was asked for, ready to be run. */
export interface Invocation {
  readonly global: GlobalOptions;
  /** Settings given on the command line, by flag. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly mode: 'service' | 'local';
  readonly run: (context: CommandContext) => Promise<number>;
}

export interface ProgramOptions {
  /** Width of the terminal, if there is one. */
  readonly columns: number | undefined;
  readonly writeOut: (text: string) => void;
  readonly invoke: (invocation: Invocation) => Promise<void>;
}

/**
 * The commands with their options, declared without loading any of them: `--help` must not cost what running costs.
 * Complaints are thrown as `CommanderError`s and printed elsewhere.
 */
export function createProgram(options: ProgramOptions): Command {
  const program = new Command('kiosk-consumer');
  program
    .description('does image-analysis jobs: from a queue, or on files at hand')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: options.writeOut, writeErr: () => undefined, getOutHasColors: () => false })
    .configureHelp({
      showGlobalOptions: true,
      formatHelp: (command, helper) => formatHelp(command, helper, options.columns),
    });
  withExamples(program, [
    [
      'kiosk-consumer run image.tif --type image --out results',
      'finds the cells of an image, here and now; needs no services',
    ],
    ['kiosk-consumer consume --type image', 'works on jobs of the queue until stopped'],
    [
      'kiosk-consumer enqueue image.tif --type image --wait --out results',
      'makes a job of an image and waits for its results',
    ],
    ['kiosk-consumer inspect', 'shows what waits, what is worked on, and what is stuck'],
  ]);
  addGlobalOptions(program);
  program.option('-V, --version', 'print the version');
  program.on('option:version', () => {
    options.writeOut(`${ownVersion()}\n`);
    throw new CommanderError(0, 'commander.version', 'version');
  });
  const action = (mode: Invocation['mode'], run: (context: CommandContext, command: Command) => Promise<number>) =>
    async function (this: Command) {
      const given = this.optsWithGlobals<GlobalOptions & Record<string, string | undefined>>();
      await options.invoke({ global: given, flags: settingFlags(given), mode, run: (context) => run(context, this) });
    };
  declareWork(program, action);
  declareLooking(program, action);
  declareSteering(program, action, QUEUE);
  return program;
}

/** Turns the work of a command into what commander calls. */
export type Action = (
  mode: Invocation['mode'],
  run: (context: CommandContext, command: Command) => Promise<number>,
) => (this: Command) => Promise<void>;

const TYPE = ['--type <TYPE>', "type of the jobs: image, segmentation, or a plugin's"] as const;
const QUEUE = ['--queue <NAME>', "the queue; default: the type's own"] as const;
const SET = [
  '--set <FIELD=VALUE>',
  'write a field of the job, such as scale=0.5 or channels=0,1; can be repeated',
] as const;

const OUTPUT_LIST = [
  '--outputs <LIST>',
  `what to write there, comma list of ${OUTPUTS.join(', ')}; default ${DEFAULT_OUTPUTS.join(',')}`,
] as const;

/** The commands that do jobs. */
function declareWork(program: Command, action: Action): void {
  const consume = program
    .command('consume')
    .description('claims jobs of one type from its queue until told to stop')
    .option(...TYPE)
    .option(...QUEUE)
    .option('--concurrency <N>', 'jobs in hand at the same time; default 1')
    .option('--drain', 'stop with exit code 0 when nothing waits any more')
    .option('--once', 'stop after one job')
    .option('--supervise', 'work in a second process: one that a signal ends is noted with its jobs and started again')
    .option('--health-port <N>', 'answer /livez, /readyz and /metrics on this port')
    .action(
      action('service', async (context, command) => {
        const module = await import('./commands/consume.js');
        return await module.consume(context, command.opts<ConsumeOptions>());
      }),
    );
  withExamples(consume, [
    ['kiosk-consumer consume --type image', 'works on jobs of the queue "predict" until stopped'],
    ['kiosk-consumer consume --type image --concurrency 4', 'has four jobs in hand at the same time'],
    ['kiosk-consumer consume --type image --drain', 'works until nothing waits, then ends'],
    [
      'kiosk-consumer consume --broker redis://redis:6379 --storage s3://images',
      'takes jobs from a Kiosk, images from a bucket',
    ],
  ]);

  const enqueue = program
    .command('enqueue')
    .description('uploads images, makes a job of each, and prints the names of the jobs')
    .argument('<FILE|KEY...>', 'files, directories, patterns in quotes, or keys of the bucket')
    .option(...TYPE)
    .option(...QUEUE)
    .option(...SET, fieldSetting, {})
    .option('--wait', 'show progress until all jobs have ended; exit code 1 if one failed')
    .option('--out <DIR>', 'with --wait: download the results to this folder')
    .option(...OUTPUT_LIST)
    .action(
      action('service', async (context, command) => {
        const module = await import('./commands/enqueue.js');
        return await module.enqueue(context, command.args, command.opts<EnqueueOptions>());
      }),
    );
  withExamples(enqueue, [
    ['kiosk-consumer enqueue image.tif --type image', 'uploads an image, makes a job of it, and prints its hash'],
    [
      'kiosk-consumer enqueue "plate1/*.tif" --type image --wait --out results',
      'waits for the jobs and downloads their results',
    ],
    [
      'kiosk-consumer enqueue uploads/image.tif --set scale=0.5',
      'makes a job of an image that is in the bucket already',
    ],
  ]);

  const run = program
    .command('run')
    .description('does the work of a job on local files, without queue and bucket')
    .argument('<FILE...>', 'files, directories, or patterns in quotes')
    .option(...TYPE)
    .option('--out <DIR>', 'folder for the results', 'results')
    .option(...OUTPUT_LIST)
    .option(...SET, fieldSetting, {})
    .action(
      action('local', async (context, command) => {
        const module = await import('./commands/run.js');
        return await module.run(context, command.args, command.opts<RunOptions>());
      }),
    );
  withExamples(run, [
    ['kiosk-consumer run image.tif --out results', 'finds the cells: labels, a table, and a picture with outlines'],
    ['kiosk-consumer run plate1 --out results', 'the same for each image of a directory'],
    [
      'kiosk-consumer run image.tif --outputs labels,outlines,rois',
      'outlines for QuPath and ImageJ instead of a picture',
    ],
    [
      'kiosk-consumer run image.tif --set scale=2 --models onnx:my-models',
      'with another scale, and models of your own',
    ],
  ]);
}

/** The commands that only look. */
function declareLooking(program: Command, action: Action): void {
  const inspect = program
    .command('inspect')
    .description('shows a job; without a hash, the queues')
    .argument('[HASH]', 'the name of a job, as "enqueue" prints it')
    .option('--watch', 'show it again every second until stopped')
    .action(
      action('service', async (context, command) => {
        const module = await import('./commands/inspect.js');
        return await module.inspect(context, command.args[0], command.opts<InspectOptions>());
      }),
    );
  withExamples(inspect, [
    ['kiosk-consumer inspect', 'shows each queue: what waits, what is worked on, how old the oldest is'],
    ['kiosk-consumer inspect predict:image.tif:7c0f…', 'shows one job: status, times, who holds it, why it failed'],
    ['kiosk-consumer inspect --watch', 'shows the queues again every second'],
  ]);

  const image = program
    .command('image')
    .description('shows what the reader makes of image files')
    .argument('<FILE...>', 'image files')
    .action(
      action('local', async (context, command) => {
        const module = await import('./commands/image.js');
        return await module.image(context, command.args);
      }),
    );
  withExamples(image, [
    ['kiosk-consumer image image.tif', 'shows axes, shape, type, pixel size, and which axis holds the channels'],
    ['kiosk-consumer image *.tif --json', 'one JSON object for each image, with the sha256 of its pixels'],
  ]);

  declarePlugins(program, action);

  const config = program.command('config').description('shows settings').helpCommand(false);
  const configPrint = config
    .command('print', { isDefault: true })
    .description('shows every setting, and where its value comes from')
    .action(action('service', async (context) => (await import('./commands/config-print.js')).configPrint(context)));
  withExamples(configPrint, [
    ['kiosk-consumer config print', 'shows all settings; secrets are masked'],
    ['kiosk-consumer config print --config other.config.ts --json', 'those of another config file, as JSON'],
  ]);
}
