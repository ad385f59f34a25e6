import { KioskError } from '../errors/kiosk-error.js';
import type { AxesOf, AxisRoles } from './assign-axes.js';

/** The orders a job may name; X and Y stand for the spatial axes in stored order, so X is rows. */
export const DIMENSION_ORDERS = ['XY', 'BXY', 'CXY', 'XYB', 'XYC', 'BXYC', 'CXYB'] as const;

export type DimensionOrder = (typeof DIMENSION_ORDERS)[number];

/** @throws {KioskError} KC_JOB_INVALID for a text that is none of the orders; undefined for an empty one */
export function dimensionOrderOf(text: string | undefined): DimensionOrder | undefined {
  const wanted = text?.trim().toUpperCase() ?? '';
  if (wanted === '') return undefined;
  const order = DIMENSION_ORDERS.find((known) => known === wanted);
  if (order !== undefined) return order;
  throw new KioskError('KC_JOB_INVALID', `dimension_order is ${JSON.stringify(text)}`, {
    hint: 'leave dimension_order empty, so that the file decides',
    details: [`accepted: ${DIMENSION_ORDERS.join(', ')}`],
  });
}

/**
 * Lays the letters of an order over the axes of an image. Axes of length 1 that the order does not name are passed over.
 * Undefined if the image has fewer axes than the order: a plain 2-D image fits every order, and what a third axis is
 * then has to be inferred.
 *
 * @throws {KioskError} KC_IMAGE_SHAPE if there are more axes than letters, or the file clearly says that its rows and
 *   columns are elsewhere
 */
export function mapDimensionOrder(image: AxesOf, order: DimensionOrder): AxisRoles | undefined {
  const { axes, shape } = image;
  let kept = shape.map((_, axis) => axis);
  for (const axis of shape.keys()) {
    const spare = shape[axis] === 1 && axes[axis] !== 'Y' && axes[axis] !== 'X';
    if (kept.length > order.length && spare) kept = kept.filter((other) => other !== axis);
  }
  const found = `axes ${axes} of lengths (${shape.join(', ')})`;
  if (kept.length > order.length) {
    throw new KioskError('KC_IMAGE_SHAPE', `dimension_order ${order} does not fit an image with ${found}`, {
      hint: 'give an order with as many letters, or leave dimension_order empty, so that the file decides',
      details: [`accepted: ${DIMENSION_ORDERS.join(', ')}`],
    });
  }
  if (kept.length < order.length) return undefined;
  const of = (letter: string): number => kept[order.indexOf(letter)] ?? -1;
  const [row, column, channel, batch] = [of('X'), of('Y'), of('C'), of('B')];
  const certain = !/[QI]/u.test(axes);
  if (certain && (axes[row] !== 'Y' || axes[column] !== 'X')) {
    throw new KioskError(
      'KC_IMAGE_SHAPE',
      `dimension_order ${order} takes axes ${row} and ${column} for rows and columns, but the file has ${found}`,
      { hint: `set dimension_order to ${fittingOrders(axes, kept)}, or leave it empty, so that the file decides` },
    );
  }
  const used = new Set([row, column, channel]);
  const rest = shape.flatMap((_, axis) => (axis !== batch && used.has(axis) ? [] : [axis]));
  const why = channel < 0 ? `none: dimension_order is ${order}` : `axis ${channel}: dimension_order is ${order}`;
  return { row, column, channels: channel < 0 ? [] : [channel], batch: rest, why };
}

function fittingOrders(axes: string, kept: readonly number[]): string {
  const row = kept.findIndex((axis) => axes[axis] === 'Y');
  const fitting = DIMENSION_ORDERS.filter((order) => order.length === kept.length && order.indexOf('X') === row);
  return fitting.length > 0 ? fitting.join(' or ') : 'one that has the spatial axes there';
}
