import { maskUrls } from '../config/mask.js';
import type { Io } from './io.js';
import { createStyle, wantsColour, type Style } from './style.js';
import { formatTable, type Column } from './table.js';

/** Where a command's results and messages go: results to stdout, everything else to stderr. */
export interface Output {
  /** Colours for results. */
  readonly style: Style;
  /** Colours for messages. */
  readonly messageStyle: Style;
  /** Whether people see the results as they come. */
  readonly isTerminal: boolean;
  /** Whether people see the messages as they come: progress is for them. */
  readonly isMessageTerminal: boolean;
  /** A line of the result. */
  line(text?: string): void;
  /** One object of the result, on a line of its own. */
  json(value: unknown): void;
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void;
  /** A message for people; secrets are masked. */
  message(text: string): void;
  warn(text: string): void;
  /** Text to stderr without a line end, for a line that is drawn again and again; nothing where no terminal is. */
  progress(text: string): void;
  /** Wipes the terminal before a new picture; nothing where no terminal is. */
  clear(): void;
}

export interface OutputOptions {
  readonly color: boolean | undefined;
  /** Masks secrets that are known; replaced when the settings are. */
  readonly mask: () => (text: string) => string;
  /** Told when nobody reads the results any more, as with `| head`. */
  readonly onClosed: () => void;
}

const CLEAR_SCREEN = '\u001B[H\u001B[2J\u001B[3J';
const CLEAR_LINE = '\r\u001B[2K';

export function createOutput(io: Io, { color, mask, onClosed }: OutputOptions): Output {
  const style = createStyle(wantsColour(io.stdout, io.environment, color));
  const messageStyle = createStyle(wantsColour(io.stderr, io.environment, color));
  let isOpen = true;
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isOpen = false;
    onClosed();
  });
  // A reader of messages that has gone is no reason to stop working.
  io.stderr.on('error', () => undefined);
  const line = (text = '') => {
    if (isOpen) io.stdout.write(`${text}\n`);
  };
  const message = (text: string) => {
    io.stderr.write(`${mask()(maskUrls(text))}\n`);
  };
  return {
    style,
    messageStyle,
    isTerminal: io.stdout.isTTY === true,
    isMessageTerminal: io.stderr.isTTY === true,
    line,
    json: (value) => line(JSON.stringify(value)),
    table: (columns, rows) => {
      for (const text of formatTable(columns, rows, style.dim)) line(text);
    },
    message,
    warn: (text) => message(`${messageStyle.yellow('warning')} ${text}`),
    progress: (text) => {
      if (io.stderr.isTTY === true)
        io.stderr.write(text === '' ? CLEAR_LINE : `${CLEAR_LINE}${mask()(maskUrls(text))}`);
    },
    clear: () => {
      if (io.stdout.isTTY === true) io.stdout.write(CLEAR_SCREEN);
    },
  };
}
