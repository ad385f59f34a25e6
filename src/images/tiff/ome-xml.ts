/** One `TiffData` element: which planes, in which directories of which file. */
export interface OmeTiffData {
  /** As text, for {@link attributesOf}: there may be one for each plane. */
  readonly attributes: string;
  /** Identity and name of the file that holds the planes; undefined for this file. */
  readonly uuid: string | undefined;
  readonly fileName: string | undefined;
}

/** One `Pixels` element. */
export interface OmePixels {
  readonly attributes: ReadonlyMap<string, string>;
  /** `SamplesPerPixel` of each channel; empty where channels are not listed. */
  readonly samplesPerPixel: readonly number[];
  readonly tiffData: readonly OmeTiffData[];
}

export interface OmeDocument {
  readonly uuid: string | undefined;
  readonly pixels: readonly OmePixels[];
}

/**
 * One tag and the text behind it. Every part ends at a character that it cannot contain, so that a hostile text costs
 * time in proportion to its length; a `>` within an attribute ends the tag early, which no attribute read here has.
 */
const TAG = /<(\/?)(?:[\w.-]{1,64}:)?([A-Za-z]{1,64})(?=[\s/>])([^<>]*)>([^<]*)/gu;

/** What is read at most; a plane takes up to four tags, and images beyond the first matter only if it is unusable. */
const MAX_TAGS = 4_000_000;
const MAX_IMAGES = 16;

const ATTRIBUTE = /(?<![\w.:-])([\w.:-]{1,64})\s{0,64}=\s{0,64}(?:"([^"]*)"|'([^']*)')/gu;

/**
 * Reads what is needed of OME-XML: the `Pixels` of each `Image` with their `Channel` and `TiffData`. One pass over the
 * tags; anything else is skipped, and nothing outside the text (entities, schemas, other files) is touched.
 */
export function parseOmeXml(text: string): OmeDocument {
  const xml = without(without(text, '<!--', '-->'), '<![CDATA[', ']]>');
  const pixels: OmePixels[] = [];
  let uuid: string | undefined;
  let open: { attributes: Map<string, string>; samplesPerPixel: number[]; tiffData: OmeTiffData[] } | undefined;
  let data: { attributes: string; uuid?: string; fileName?: string } | undefined;
  const closeData = (): void => {
    if (open !== undefined && data !== undefined) open.tiffData.push({ uuid: undefined, fileName: undefined, ...data });
    data = undefined;
  };
  let tags = 0;
  for (const tag of xml.matchAll(TAG)) {
    tags += 1;
    if (tags > MAX_TAGS || pixels.length >= MAX_IMAGES) break;
    const [, slash, name, rest = '', following = ''] = tag;
    const closes = slash === '/';
    const empty = rest.endsWith('/');
    if (name === 'OME' && !closes) uuid = attributesOf(rest).get('UUID');
    else if (name === 'Pixels') {
      closeData();
      if (open !== undefined) pixels.push(open);
      open = closes ? undefined : { attributes: attributesOf(rest), samplesPerPixel: [], tiffData: [] };
    } else if (open === undefined) continue;
    else if (name === 'Channel' && !closes) {
      open.samplesPerPixel.push(Number(attributesOf(rest).get('SamplesPerPixel') ?? 1));
    } else if (name === 'TiffData') {
      closeData();
      if (!closes) data = { attributes: rest };
      if (empty) closeData();
    } else if (name === 'UUID' && !closes && data !== undefined) {
      const fileName = attributesOf(rest).get('FileName');
      data = { ...data, uuid: following.trim(), ...(fileName !== undefined && { fileName }) };
    }
  }
  if (open !== undefined) pixels.push(open);
  return { uuid, pixels };
}

/** Attributes of a tag by name. */
export function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) {
    attributes.set(name!, unescape(double ?? single ?? ''));
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescape(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]+));/gu,
    (whole: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
}

/** The text without all that stands between these marks; an open mark reaches to the end. */
function without(text: string, open: string, close: string): string {
  const kept: string[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf(open, at);
    if (start < 0) return kept.join('') + text.slice(at);
    kept.push(text.slice(at, start));
    const end = text.indexOf(close, start + open.length);
    if (end < 0) return kept.join('');
    at = end + close.length;
  }
}
