import type { Logger } from '../consumer/context.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { Settings } from '../config/settings.js';
import type { Io } from './io.js';
import { createStyle, wantsColour, type Style } from './style.js';

export interface LoggerOptions {
  readonly io: Io;
  readonly logging: Settings['logging'];
  readonly color: boolean | undefined;
  readonly mask: (text: string) => string;
}

type Level = keyof Logger;

/** Logs to stderr: text on a terminal, one JSON object a line otherwise. Secrets are masked in every line. */
export async function createLogger({ io, logging, color, mask }: LoggerOptions): Promise<Logger> {
  const { default: winston } = await import('winston');
  const isText = logging.format === 'text' || (logging.format === 'auto' && io.stderr.isTTY === true);
  const style = createStyle(wantsColour(io.stderr, io.environment, color));
  const logger = winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: logging.level,
    format: winston.format.printf(({ level, message, facts }) => {
      const entry: Entry = {
        time: new Date(),
        level: level as Level,
        message: String(message),
        facts: (facts ?? {}) as Facts,
      };
      return mask(isText ? asText(entry, style) : asJson(entry));
    }),
    transports: [new winston.transports.Stream({ stream: io.stderr })],
  });
  const at = (level: Level) => (message: string, facts?: Facts) => {
    logger.log({ level, message, facts });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

type Facts = Readonly<Record<string, unknown>>;

interface Entry {
  readonly time: Date;
  readonly level: Level;
  readonly message: string;
  readonly facts: Facts;
}

function asJson({ time, level, message, facts }: Entry): string {
  return JSON.stringify({ time: time.toISOString(), level, message, ...facts }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value instanceof Error ? tellError(value) : value,
  );
}

const LEVEL_COLOURS: Readonly<Record<Level, keyof Style>> = {
  error: 'red',
  warn: 'yellow',
  info: 'green',
  debug: 'dim',
};

/** `14:03:07.120 info  claimed  job=predict:a.tif:1 attempt=1` */
function asText({ time, level, message, facts }: Entry, style: Style): string {
  const clock = time.toTimeString().slice(0, 8) + `.${String(time.getMilliseconds()).padStart(3, '0')}`;
  const told = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoted(value)}`);
  const tail = told.length === 0 ? '' : `  ${style.dim(told.join(' '))}`;
  return `${style.dim(clock)} ${style[LEVEL_COLOURS[level]](level.padEnd(5))} ${message}${tail}`;
}

function quoted(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(tellError(value));
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'bigint'
        ? String(value)
        : (JSON.stringify(value) ?? String(value));
  return typeof value === 'string' && /[\s="]/.test(text) ? JSON.stringify(text) : text;
}

function tellError(error: Error): string {
  return error instanceof KioskError ? `${error.code} ${error.message}` : `${error.name}: ${error.message}`;
}
