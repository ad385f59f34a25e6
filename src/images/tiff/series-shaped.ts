import type { Axes } from '../raster.js';
import type { TiffPage } from './page.js';
import { contiguousStart, gridOf, readSegmentTable } from './segment-table.js';
import type { SeriesInput, SeriesPart } from './series.js';

interface ShapedMetadata {
  readonly shape: readonly number[];
  readonly axes?: Axes;
}

/** True if the first page carries tifffile's JSON (or the older `shape=(…)`). */
export function isShaped(input: SeriesInput): boolean {
  return shapedText(input) !== undefined;
}

/**
 * The array that tifffile wrote: the shape it noted, no axis left out. Undefined if the note does not fit the pages,
 * which then stand for themselves.
 */
export function shapedSeries(input: SeriesInput): SeriesPart | undefined {
  const metadata = parseShaped(shapedText(input));
  if (metadata === undefined) return undefined;
  const { first } = input;
  const { shape } = metadata;
  const count = product(shape) / product(first.shape);
  if (!Number.isInteger(count) || count < 1) return undefined;
  const pages: TiffPage[] = [];
  for (let index = 0; index < count; index += 1) {
    const page = index === 0 ? first : input.page(index);
    if (page?.key !== first.key) break;
    pages.push(page);
  }
  const stacked = count > 1;
  const axes =
    metadata.axes ??
    renameAxes(stacked ? `Q${first.axes}` : first.axes, stacked ? [count, ...first.shape] : first.shape, shape);
  if (pages.length === count) return { axes, shape, pages };
  const start = onlyPageStart(input);
  return start === undefined ? undefined : { axes, shape, pages: [first], contiguousFrom: start };
}

/** Large stacks have one directory, whose pixels go on after its own page. */
function onlyPageStart({ file, first }: SeriesInput): number | undefined {
  const grid = gridOf(first);
  return contiguousStart(first, grid, readSegmentTable(file, first, grid));
}

function shapedText(input: SeriesInput): string | undefined {
  for (const text of input.descriptions.slice(0, 2)) {
    if (text === '') return undefined;
    if ((text.startsWith('{') && text.includes('"shape":')) || text.startsWith('shape=')) return text;
  }
  return undefined;
}

function parseShaped(text = ''): ShapedMetadata | undefined {
  if (text.startsWith('shape=')) return checked({ shape: text.slice(7, -1).split(',').filter(Boolean).map(Number) });
  try {
    return checked(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function checked(value: unknown): ShapedMetadata | undefined {
  if (typeof value !== 'object' || value === null || !('shape' in value) || !Array.isArray(value.shape))
    return undefined;
  const shape: unknown[] = value.shape;
  if (!shape.every((length): length is number => Number.isInteger(length) && Number(length) > 0)) return undefined;
  const axes = 'axes' in value && typeof value.axes === 'string' ? value.axes : '';
  return axes.length === shape.length && /^[A-Z]+$/u.test(axes) ? { shape, axes } : { shape };
}

/**
 * Letters for the axes of `newShape`, which holds the same elements as `shape`: from the last axis backwards a letter
 * is kept as long as the lengths agree; where they part, axes are unknown (Q).
 */
export function renameAxes(axes: Axes, shape: readonly number[], newShape: readonly number[]): Axes {
  let letters = '';
  let old = shape.length - 1;
  let inner = 1;
  let newInner = 1;
  for (let axis = newShape.length - 1; axis >= 0; axis -= 1) {
    const length = newShape[axis]!;
    newInner *= length;
    if (length !== 1) while (old > 0 && shape[old] === 1) old -= 1;
    const same = old >= 0 && shape[old] === length && newInner === inner * length;
    if (same) {
      inner *= length;
      letters = axes[old]! + letters;
      old -= 1;
    } else {
      letters = `Q${letters}`;
    }
  }
  return letters;
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
