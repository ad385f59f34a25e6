import type { ErrorCode } from '../../errors/codes.js';
import { KioskError } from '../../errors/kiosk-error.js';

/** What can be made of a label image beside the result archive itself, by the names that options use. */
export const OUTPUTS = ['labels', 'table', 'outlines', 'rois', 'zarr', 'overlay', 'provenance'] as const;

export type OutputName = (typeof OUTPUTS)[number];

/** What `run` and `enqueue --wait --out` write where nothing is asked for. */
export const DEFAULT_OUTPUTS: readonly OutputName[] = ['labels', 'table', 'overlay'];

/** What the archive of outputs is called inside a result archive, behind the name of the image. */
export const OUTPUTS_SUFFIX = '_outputs.zip';
export const PROVENANCE_SUFFIX = '_provenance.json';

/** Stands for an empty list, where leaving the list out means something else. */
const NOTHING = 'none';

/**
 * A comma list of outputs: `labels,outlines`. Blanks and doubles do not matter; `none` is no output.
 *
 * @param where what the list is called in the message: `--outputs`, `The field "outputs"`
 * @throws {KioskError} of the given code for a name that is not known
 */
export function parseOutputs(
  list: string,
  { where, code }: { readonly where: string; readonly code: ErrorCode },
): readonly OutputName[] {
  const names = list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== NOTHING);
  const unknown = names.find((name) => !isOutput(name));
  if (unknown !== undefined) {
    throw new KioskError(code, `${where} names "${unknown}", which is no output.`, {
      hint: `Choose from ${OUTPUTS.join(', ')}, separated by commas.`,
    });
  }
  return OUTPUTS.filter((name) => names.includes(name));
}

function isOutput(name: string): name is OutputName {
  return OUTPUTS.some((known) => known === name);
}
