import { DEFAULT_OUTPUTS, parseOutputs, type OutputName } from '../images/outputs/output-names.js';

/** What a command writes beside the archives, and the fields that its jobs need for that. */
export interface AskedOutputs {
  readonly outputs: readonly OutputName[];
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The meaning of `--outputs`. Everything is made here from the image and the archive but the provenance, which only the
 * consumer knows: the job is asked to put it into its archive.
 *
 * @param list what was given; undefined: {@link DEFAULT_OUTPUTS}
 * @param set  fields from `--set`; an `outputs` among them is kept
 * @throws {KioskError} KC_USAGE for a name that is not known
 */
export function askedOutputs(list: string | undefined, set: Readonly<Record<string, string>>): AskedOutputs {
  const outputs = list === undefined ? DEFAULT_OUTPUTS : parseOutputs(list, { where: '--outputs', code: 'KC_USAGE' });
  if (!outputs.includes('provenance')) return { outputs, fields: set };
  const own = set['outputs'];
  return { outputs, fields: { ...set, outputs: own ? `${own},provenance` : 'provenance' } };
}
