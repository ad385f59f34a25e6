import type { Argument, Command, Help, Option } from 'commander';
import { wrap } from './wrap.js';

/** A way to call a command, and what it does. */
export type Example = readonly [command: string, meaning: string];

const examplesOf = new WeakMap<Command, readonly Example[]>();

/** Gives a command the examples with which its help begins. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  examplesOf.set(command, examples);
  return command;
}

/** No line of help is longer, so that it reads the same everywhere. */
const MAX_WIDTH = 80;
const INDENT = '  ';
/** Explanations begin here at the latest; a longer term has them on the next line. */
const MAX_TERM_WIDTH = 28;

/** Help that shows first how a command is called, then what can be said to it. */
export function formatHelp(command: Command, helper: Help, columns: number | undefined): string {
  const width = Math.min(columns ?? MAX_WIDTH, MAX_WIDTH);
  const section = (title: string, rows: readonly Example[]) =>
    rows.length === 0 ? [] : [title, ...list(rows, width), ''];
  const lines = [
    ...wrap(`${pathOf(command)}: ${command.description()}`, width, ''),
    '',
    ...exampleLines(examplesOf.get(command) ?? [], width),
    'Usage',
    ...wrap(`${INDENT}${usageOf(command)}`, width, INDENT.repeat(2)),
    '',
    ...section('Arguments', helper.visibleArguments(command).map(argumentRow)),
    ...section(
      'Commands',
      command.parent ? helper.visibleCommands(command).map(commandRow) : allCommands(command).map(commandRow),
    ),
    ...section('Options', helper.visibleOptions(command).map(optionRow)),
    ...section('Options of every command', helper.visibleGlobalOptions(command).map(optionRow)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function exampleLines(examples: readonly Example[], width: number): string[] {
  if (examples.length === 0) return [];
  const lines = examples.flatMap(([command, meaning]) => [
    `${INDENT}${command}`,
    ...wrap(`${INDENT.repeat(3)}${meaning}`, width, INDENT.repeat(3)),
  ]);
  return ['Examples', ...lines, ''];
}

function list(rows: readonly Example[], width: number): string[] {
  const column = Math.min(MAX_TERM_WIDTH, Math.max(...rows.map(([term]) => term.length))) + INDENT.length * 2;
  return rows.flatMap(([term, meaning]) => {
    const fits = term.length + INDENT.length * 2 <= column;
    const start = fits ? `${INDENT}${term}`.padEnd(column) : ' '.repeat(column);
    const lines = wrap(start + meaning, width, ' '.repeat(column));
    return fits ? lines : [`${INDENT}${term}`, ...lines];
  });
}

/** `plugins list` is what people look for, not `plugins`. */
function allCommands(program: Command): Command[] {
  return program.commands.flatMap((command) => (command.commands.length === 0 ? [command] : [...command.commands]));
}

function commandRow(command: Command): Example {
  const terms = command.registeredArguments.map(argumentTerm);
  return [[pathOf(command).split(' ').slice(1).join(' '), ...terms].join(' '), command.description()];
}

function argumentRow(argument: Argument): Example {
  return [argumentTerm(argument), argument.description];
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? name : `[${name}]`;
}

function optionRow(option: Option): Example {
  return [option.flags.replaceAll(/[<>]/g, ''), option.description];
}

function usageOf(command: Command): string {
  const rest = command.commands.length > 0 ? ['COMMAND'] : command.registeredArguments.map(argumentTerm);
  return [pathOf(command), ...rest, '[options]'].join(' ');
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
