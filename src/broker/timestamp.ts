/** A date, `T` or a blank, a time, up to nine digits of fraction, and a zone, which is mandatory. */
const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s*(Z|[+-]\d{2}(?::?\d{2})?)$/i;

/** `2020-10-26T20:09:37.954000+00:00`: how consumers write time. Always UTC, always six digits of fraction. */
export function wireTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, -1)}000+00:00`;
}

/** `2020-10-26T20:09:35.592Z`: how the Kiosk's frontend writes time. */
export function frontendTimestamp(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/**
 * Reads a time stamp as any component of the Kiosk writes it.
 * @returns ms since 1970, or undefined for anything else; also for a time without a zone, which may be hours off
 */
export function parseTimestamp(text: string | undefined): number | undefined {
  const match = ISO.exec(text?.trim() ?? '');
  if (match === null) return undefined;
  const [, date, time, fraction = '', zone = 'Z'] = match;
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3);
  const parsed = Date.parse(`${date}T${time}.${milliseconds}${isoZone(zone)}`);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** `+0100` and `+01` as `+01:00`, which is what `Date.parse` is sure to read. */
function isoZone(zone: string): string {
  if (/^z$/i.test(zone)) return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
