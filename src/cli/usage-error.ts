import type { Command, CommanderError } from 'commander';
import { KioskError } from '../errors/kiosk-error.js';
import { nearestName } from '../errors/nearest-name.js';

/** The parser's complaint as an error of ours: what was found, what was most likely meant, where help is. */
export function usageError(error: CommanderError, program: Command, argv: readonly string[]): KioskError {
  const command = commandOf(program, argv);
  const stray = strayWord(error, command, argv);
  const message = stray === undefined ? sentence(error.message) : `Unknown command "${stray}".`;
  const near = stray === undefined ? meantOption(error, command) : nearestName(stray, namesOf(command));
  const help = `${pathOf(command)} --help`;
  return new KioskError('KC_USAGE', message, {
    hint: near === undefined ? help : `did you mean ${near}? Else: ${help}`,
  });
}

function sentence(complaint: string): string {
  const said = complaint.replace(/^error: /, '').replace(/\n\(Did you mean [^)]*\)$/s, '');
  return `${said.charAt(0).toUpperCase()}${said.slice(1).replaceAll("'", '"').replaceAll(/[<>]/g, '').replace(/\.$/, '')}.`;
}

/** The word that should have been a command; in a group the parser takes it for an argument of its default command. */
function strayWord({ code, message }: CommanderError, command: Command, argv: readonly string[]): string | undefined {
  if (code === 'commander.unknownCommand') return quoted(message);
  if (code !== 'commander.excessArguments' || command.commands.length === 0) return undefined;
  return argv.slice(argv.indexOf(command.name()) + 1).find((arg) => !arg.startsWith('-'));
}

function quoted(message: string): string | undefined {
  return /'([^']+)'/.exec(message)?.[1];
}

function namesOf(group: Command): string[] {
  return group.commands.map((command) => command.name());
}

/** The deepest command that the arguments name. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const arg of argv) {
    const next = command.commands.find((candidate) => candidate.name() === arg);
    if (next) command = next;
    else if (!arg.startsWith('-') && command !== program) break;
  }
  return command;
}

function meantOption({ code, message }: CommanderError, command: Command): string | undefined {
  const given = quoted(message);
  if (given === undefined || code !== 'commander.unknownOption') return undefined;
  const options = [...command.options, ...(command.parent?.options ?? []), ...(command.parent?.parent?.options ?? [])];
  return nearestName(given.replace(/=.*$/, ''), [...options.map((option) => option.long ?? ''), '--help']);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
