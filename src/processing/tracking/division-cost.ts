import type { ChangeScales } from './link-cost.js';
import { heavyTailed } from './link-cost.js';
import type { Cell } from './measure-cells.js';

/** Divisions are rare among cells that come near each other. */
const RARE = 3;
/** Deviations that are usual at a division, as logarithms of ratios. */
const USUAL = {
  /** Both daughters' areas over the mother's: a mother is outlined round or long, before or after it has shrunk. */
  areaSum: 0.3,
  /** One daughter's area, or intensity, over the other's. */
  areaOfSisters: 0.2,
  intensityOfSisters: 0.2,
};
/** Deviation of the middle between the daughters from where the mother was, as a part of its diameter. */
const MIDDLE = 0.1;

/**
 * How unlikely it is that a mother cell divided into these two, as a negative logarithm: daughters lie on either side of
 * where the mother was, are alike, and together about as large as the mother. Areas may be off where outlines are faulty;
 * sisters that differ in light are none.
 */
export function divisionCost(mother: Cell, a: Cell, b: Cell, scales: ChangeScales): number {
  const area = a.area + b.area;
  const row = (a.area * a.row + b.area * b.row) / area;
  const column = (a.area * a.column + b.area * b.column) / area;
  const diameter = Math.sqrt((4 * mother.area) / Math.PI);
  const spread = 2 * (scales.distancePx ** 2 + (MIDDLE * diameter) ** 2);
  const middle = ((row - mother.row) ** 2 + (column - mother.column) ** 2) / spread;
  return (
    RARE +
    middle +
    heavyTailed(Math.log(area / mother.area) / USUAL.areaSum) +
    heavyTailed(Math.log(a.area / b.area) / USUAL.areaOfSisters) +
    (Math.log(a.intensity / b.intensity) / USUAL.intensityOfSisters) ** 2 / 2
  );
}
