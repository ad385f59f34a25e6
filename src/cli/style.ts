import type { Io, TextStream } from './io.js';

/** Text to text with colour. */
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>>;

const CODES: Readonly<Record<keyof Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Colours for one stream, or none: see {@link wantsColour}. */
export function createStyle(enabled: boolean): Style {
  const paint = (name: keyof Style) => {
    const [on, off] = CODES[name];
    return (text: string) => (enabled && text !== '' ? `\u001B[${on}m${text}\u001B[${off}m` : text);
  };
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  };
}

/** Colour only on a terminal, never with `--no-color` or `NO_COLOR`; `FORCE_COLOR` wins over both but the flag. */
export function wantsColour(stream: TextStream, environment: Io['environment'], flag: boolean | undefined): boolean {
  if (flag === false) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (environment['NO_COLOR']) return false;
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}
