import { ERROR_CODES } from '../../errors/codes.js';
import { KioskError } from '../../errors/kiosk-error.js';
import type { ImageDescription } from '../../images/describe.js';
import type { CommandContext } from '../command-context.js';
import { errorAsJson, renderError } from '../render-error.js';

/**
 * Shows what the reader makes of each file. A file that is refused is told in the words that a job would fail with, and
 * the others go on.
 * @returns 1 if a file was refused
 */
export async function image(context: CommandContext, files: readonly string[]): Promise<number> {
  const { limits } = (await context.settings()).settings.consumer;
  const { describeImage } = await import('../../images/describe.js');
  let refused = 0;
  for (const [index, file] of files.entries()) {
    context.signal.throwIfAborted();
    try {
      const description = await describeImage(file, limits);
      if (context.json) context.output.json({ file, ...description });
      else tell(context, file, description, index > 0);
    } catch (error) {
      if (!(error instanceof KioskError)) throw error;
      refused += 1;
      tellRefusal(context, file, error);
    }
  }
  return refused === 0 ? 0 : 1;
}

function tell({ output }: CommandContext, file: string, description: ImageDescription, isLater: boolean): void {
  const { axes, shape, dtype, format, encoding, pixelSize, channelAxis, min, max, mean, notFinite, sha256 } =
    description;
  const { bold, dim } = output.style;
  const rows: readonly (readonly [string, string])[] = [
    ['axes', `${axes} (${shape.join(', ')})`],
    ['type', dtype],
    ['format', encoding === '' ? format : `${format}, ${encoding}`],
    [
      'pixel size',
      pixelSize === null ? 'not told' : `${digits(pixelSize.y)} x ${digits(pixelSize.x)} µm (rows x columns)`,
    ],
    ['channels', channelAxis],
    [
      'values',
      min === null ? 'no number in it' : `${digits(min)} to ${digits(max ?? min)}, mean ${digits(mean ?? min)}`,
    ],
    ['not finite', notFinite === 0 ? '' : `${notFinite} pixels are NaN or infinite`],
    ['sha256', sha256],
  ];
  if (isLater) output.line();
  output.line(bold(file));
  for (const [name, value] of rows) if (value !== '') output.line(`  ${dim(name.padEnd(12))}${value}`);
}

/** As a result for programs; as a message for people. */
function tellRefusal({ output, json, verbose, io }: CommandContext, file: string, error: KioskError): void {
  if (json) {
    const reason = `${ERROR_CODES[error.code].reasonClass}: ${error.message}${error.facts.hint === undefined ? '' : ` ${error.facts.hint}`}`;
    output.json({ file, reason, ...errorAsJson(error, verbose) });
  } else {
    output.message(renderError(error, { style: output.messageStyle, verbose, width: io.stderr.columns ?? 100 }));
  }
}

function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
