import type { PointList } from 'kiosk-consumer';

/** Yellow stands out from grey. */
const RING_COLOUR = [255, 221, 0] as const;
/** From the spot to the middle of the line, in pixels: the spot itself stays visible. */
const RADIUS = 4;
/** Half the width of the line. */
const HALF_WIDTH = 0.5;

/**
 * Draws a ring around each spot.
 * @param picture 8-bit RGB, rows · columns · 3 values; drawn upon
 * @param points (spots, 2): rows and columns, may lie outside
 */
export function drawRings(picture: Uint8Array, [rows, columns]: readonly [number, number], points: PointList): void {
  const reach = RADIUS + HALF_WIDTH;
  for (let i = 0; i < points.data.length; i += 2) {
    const y = points.data[i]!;
    const x = points.data[i + 1]!;
    for (let row = Math.max(0, Math.ceil(y - reach)); row <= Math.min(rows - 1, y + reach); row++) {
      for (let column = Math.max(0, Math.ceil(x - reach)); column <= Math.min(columns - 1, x + reach); column++) {
        const distance = Math.hypot(row - y, column - x);
        if (Math.abs(distance - RADIUS) <= HALF_WIDTH) picture.set(RING_COLOUR, 3 * (row * columns + column));
      }
    }
  }
}
