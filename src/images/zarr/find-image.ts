import { unreadable, unsupported } from '../image-error.js';
import type { Axes } from '../raster.js';
import { micronsPer, positive, type PixelSize } from '../tiff/pixel-size.js';
import { layoutOfV2, layoutOfV3, record, shown, type ArrayLayout } from './array-layout.js';
import { checkKey, type ZarrStore } from './store.js';

/** The image of a store: which array, and what its axes are. */
export interface ZarrImage {
  /** Path of the array in the store; empty for its root. */
  readonly path: string;
  readonly layout: ArrayLayout;
  /** One letter for each axis of the array. */
  readonly axes: Axes;
  readonly pixelSize: PixelSize | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Names and colours of labels may stand in attributes. */
const MAX_METADATA_BYTES = 2 ** 24;

/** Before NGFF 0.4 axes had no types, before 0.3 no names; these they were. */
const OLD_AXES = ['t', 'c', 'z', 'y', 'x'];

/**
 * Finds the image: the full resolution of the first multiscale image at the root, that of the group `0` in the layout of
 * bioformats2raw, or an array at the root without any names.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE, KC_IMAGE_UNSUPPORTED
 */
export async function findImage(store: ZarrStore): Promise<ZarrImage> {
  const root = await nodeAt(store, '');
  if (root.layout !== undefined) {
    const axes = `${'Q'.repeat(root.layout.shape.length - 2)}YX`;
    return { path: '', layout: root.layout, axes, pixelSize: undefined };
  }
  if (root.attributes['multiscales'] !== undefined) return await imageOf(store, '', root.attributes);
  if (root.attributes['bioformats2raw.layout'] !== undefined) {
    return await imageOf(store, '0/', (await nodeAt(store, '0/')).attributes);
  }
  if (root.attributes['plate'] !== undefined || root.attributes['well'] !== undefined) {
    throw unsupported(
      store.name,
      'is a plate or well of many images',
      'give one image of it, such as PLATE.zarr/A/1/0',
    );
  }
  throw unreadable(store.name, 'holds no Zarr image (neither an array nor "multiscales" among its attributes)');
}

async function imageOf(store: ZarrStore, group: string, attributes: Json): Promise<ZarrImage> {
  const multiscale = firstOf(attributes['multiscales']);
  const dataset = firstOf(multiscale['datasets']);
  const path = dataset['path'];
  if (typeof path !== 'string') throw unreadable(store.name, `names no array in its "multiscales" (${shown(path)})`);
  const full = `${group}${path}`;
  checkKey(store.name, full);
  const { layout } = await nodeAt(store, `${full}/`);
  if (layout === undefined) throw unreadable(store.name, `has no array at ${shown(full)}, where its metadata say`);
  const axes = namedAxes(multiscale['axes'], layout.shape.length);
  if (axes === undefined) {
    throw unreadable(
      store.name,
      `has axes ${shown(multiscale['axes'])} for an array of ${layout.shape.length}; one y and one x are needed`,
    );
  }
  const transformations = [dataset['coordinateTransformations'], multiscale['coordinateTransformations']];
  return { path: full, layout, axes: lettersOf(axes), pixelSize: pixelSizeOf(axes, transformations) };
}

interface Axis {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
}

function namedAxes(value: unknown, rank: number): Axis[] | undefined {
  const given = Array.isArray(value) ? (value as unknown[]) : OLD_AXES.slice(-rank);
  const axes = given.map((axis) => {
    const { name, type, unit } = typeof axis === 'string' ? { name: axis } : (record(axis) as Partial<Axis>);
    return { name: String(name).toLowerCase(), type: String(type), unit: String(unit) };
  });
  const has = (name: string): boolean => axes.filter((axis) => axis.name === name).length === 1;
  return axes.length === rank && has('y') && has('x') ? axes : undefined;
}

function lettersOf(axes: readonly Axis[]): Axes {
  return axes
    .map(({ name, type }) => {
      if (/^[tczyx]$/u.test(name)) return name.toUpperCase();
      return type === 'channel' ? 'C' : type === 'time' ? 'T' : 'Q';
    })
    .join('');
}

/** Scales of the dataset and of the image multiply; without a unit of length they say nothing. */
function pixelSizeOf(axes: readonly Axis[], transformations: readonly unknown[]): PixelSize | undefined {
  const along = (name: string): number => {
    const index = axes.findIndex((axis) => axis.name === name);
    let size = micronsPer(axes[index]!.unit) ?? Number.NaN;
    for (const list of transformations) {
      for (const one of Array.isArray(list) ? (list as unknown[]) : []) {
        const { type, scale } = record(one);
        if (type === 'scale' && Array.isArray(scale)) size *= Number(scale[index]);
      }
    }
    return size;
  };
  return positive({ y: along('y'), x: along('x') });
}

/** A group or array: its attributes, and how it lies if it is an array. `folder` ends in a slash or is empty. */
async function nodeAt(
  store: ZarrStore,
  folder: string,
): Promise<{ readonly attributes: Json; readonly layout: ArrayLayout | undefined }> {
  const third = await jsonAt(store, `${folder}zarr.json`);
  if (third !== undefined) {
    const attributes = record(third['attributes']);
    const layout = third['node_type'] === 'array' ? layoutOfV3(store, third) : undefined;
    // NGFF 0.5 keeps its metadata under one name.
    return { attributes: attributes['ome'] === undefined ? attributes : record(attributes['ome']), layout };
  }
  const array = await jsonAt(store, `${folder}.zarray`);
  const attributes = (await jsonAt(store, `${folder}.zattrs`)) ?? {};
  return { attributes, layout: array && layoutOfV2(store, array) };
}

async function jsonAt(store: ZarrStore, key: string): Promise<Json | undefined> {
  const bytes = await store.read(key, MAX_METADATA_BYTES);
  if (bytes === undefined) return undefined;
  try {
    return record(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw unreadable(store.name, `${key} is not JSON`, error);
  }
}

function firstOf(list: unknown): Json {
  return record(Array.isArray(list) ? (list as unknown[])[0] : undefined);
}
