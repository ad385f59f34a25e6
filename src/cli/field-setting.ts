import { KioskError } from '../errors/kiosk-error.js';

/** Reads one `--set field=value` and adds it to those before. @throws {KioskError} `KC_USAGE` */
export function fieldSetting(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  const name = text.slice(0, at).trim();
  if (at < 1 || name === '') {
    throw new KioskError('KC_USAGE', `"${text}" is no field with a value.`, {
      hint: 'write --set FIELD=VALUE, such as --set scale=0.5',
    });
  }
  return { ...before, [name]: text.slice(at + 1) };
}
