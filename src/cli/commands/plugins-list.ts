import { RUNTIME_OPTIONS, type OptionSpec, type OptionSpecs } from '../../consumer/options.js';
import type { ConsumerClass } from '../../plugin/contract.js';
import type { LoadedPlugin } from '../../plugin/discover.js';
import type { CommandContext } from '../command-context.js';
import type { Output } from '../output.js';
import { wrap } from '../wrap.js';

/** Shows what is loaded, from where, and what it offers. */
export async function pluginsList(context: CommandContext): Promise<number> {
  const { output } = context;
  const { plugins } = await context.registry();
  if (context.json) {
    output.json({ plugins: plugins.map(asJson), everyType: { options: RUNTIME_OPTIONS } });
    return 0;
  }
  for (const [index, loaded] of plugins.entries()) {
    if (index > 0) output.line();
    tellPlugin(output, loaded);
  }
  output.line();
  output.line('every type');
  tellOptions(output, RUNTIME_OPTIONS);
  return 0;
}

function asJson({ plugin, source, reference, version, file }: LoadedPlugin) {
  return {
    name: plugin.name,
    version: version ?? null,
    source,
    reference,
    file: file ?? null,
    types: Object.entries(plugin.consumers ?? {}).map(([type, consumer]) => ({
      type,
      summary: consumer.summary ?? null,
      queue: queueOf(type, consumer),
      options: consumer.options ?? {},
    })),
    preprocess: Object.keys(plugin.preprocess ?? {}),
    postprocess: Object.keys(plugin.postprocess ?? {}),
    schemes: {
      brokers: Object.keys(plugin.brokers ?? {}),
      stores: Object.keys(plugin.stores ?? {}),
      models: Object.keys(plugin.models ?? {}),
    },
  };
}

const WIDTH = 80;

function tellPlugin(output: Output, { plugin, source, reference, version }: LoadedPlugin): void {
  const { bold, dim } = output.style;
  const from =
    source === 'path' || (source === 'package' && reference !== plugin.name) ? `${source} ${reference}` : source;
  output.line(`${bold(plugin.name)} ${version ?? ''}  ${dim(from)}`.replace('  ', version === undefined ? ' ' : '  '));
  for (const [type, consumer] of Object.entries(plugin.consumers ?? {})) tellConsumer(output, type, consumer);
  const functions = { preprocess: plugin.preprocess, postprocess: plugin.postprocess };
  for (const [step, offered] of Object.entries(functions)) {
    for (const [name, { summary }] of Object.entries(offered ?? {})) {
      for (const line of wrap(`  ${step} ${name}  ${summary ?? ''}`, WIDTH, '      ')) output.line(line.trimEnd());
    }
  }
  const schemes = [plugin.brokers, plugin.stores, plugin.models].flatMap((offered) => Object.keys(offered ?? {}));
  if (schemes.length > 0) output.line(`  schemes ${schemes.map((scheme) => `${scheme}:`).join(' ')}`);
}

function queueOf(type: string, { defaultQueue, queueSuffix = '' }: ConsumerClass): string {
  return `${defaultQueue ?? type}${queueSuffix}`;
}

function tellConsumer(output: Output, type: string, consumer: ConsumerClass): void {
  const { summary, options = {} } = consumer;
  const { cyan, dim } = output.style;
  const head = wrap(`  type ${type}  ${summary ?? ''}`, WIDTH, '      ');
  output.line(head[0]!.replace(`type ${type}`, `type ${cyan(type)}`).trimEnd());
  for (const line of head.slice(1)) output.line(line);
  output.line(dim(`      queue ${queueOf(type, consumer)}`));
  tellOptions(output, options);
}

function tellOptions(output: Output, options: OptionSpecs): void {
  const names = Object.keys(options);
  const column = Math.max(0, ...names.map((name) => name.length));
  for (const [name, spec] of Object.entries(options)) {
    const start = `      ${name.padEnd(column)}  `;
    const lines = wrap(start + tellOption(spec), WIDTH, ' '.repeat(start.length));
    for (const line of lines) output.line(line);
  }
}

function tellOption(spec: OptionSpec): string {
  const facts: string[] = [spec.type];
  if (spec.type === 'string' && spec.choices)
    facts.push(`${spec.list ? 'a list' : 'one'} of ${spec.choices.join(', ')}`);
  if (spec.type === 'integer' || spec.type === 'number') {
    if (spec.min !== undefined) facts.push(`at least ${spec.min}`);
    if (spec.max !== undefined) facts.push(`at most ${spec.max}`);
    if (spec.unit !== undefined) facts.push(spec.unit);
  }
  if (spec.default !== undefined) facts.push(`default ${JSON.stringify(spec.default)}`);
  return `${spec.summary} (${facts.join('; ')})`;
}
