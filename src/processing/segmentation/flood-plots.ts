import type { Volume } from '../array/checks.js';
import type { Runs } from '../measure/runs.js';
import type { ContestedPiece } from './flood-pieces.js';

/** A box of the image, and the runs in it that are laid out together for flooding. */
export interface FloodPlot {
  readonly firstPlane: number;
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly size: Volume;
  readonly runs: Int32Array;
  /** Markers of each piece, to be flooded one after the other. */
  readonly pieces: readonly Int32Array[];
}

/** Boxes may cover the image this many times before one plot for all is the cheaper way. */
const OVERLAP = 2;

/** Each piece in its own bounding box; or all in one, if pieces wind so much around each other that their boxes add up. */
export function plotPieces(pieces: readonly ContestedPiece[], runs: Runs, volume: Volume): FloodPlot[] {
  const plots = pieces.map((piece) => plotOf(piece, runs, volume));
  const pixels = plots.reduce((sum, { size }) => sum + size.planes * size.rows * size.columns, 0);
  if (pixels <= OVERLAP * volume.planes * volume.rows * volume.columns) return plots;
  const all = new Int32Array(plots.reduce((sum, plot) => sum + plot.runs.length, 0));
  let place = 0;
  for (const plot of plots) {
    all.set(plot.runs, place);
    place += plot.runs.length;
  }
  return [
    wholePlot(
      all,
      plots.flatMap((plot) => plot.pieces),
      volume,
    ),
  ];
}

export function wholePlot(runs: Int32Array, pieces: readonly Int32Array[], volume: Volume): FloodPlot {
  return { firstPlane: 0, firstRow: 0, firstColumn: 0, size: volume, runs, pieces };
}

function plotOf({ runs, markers }: ContestedPiece, { begin, end }: Runs, { rows, columns }: Volume): FloodPlot {
  let [firstRow, lastRow, firstColumn, lastColumn] = [Infinity, 0, Infinity, 0];
  for (let i = 0; i < runs.length; i += 1) {
    const first = begin[runs[i]!]!;
    const column = first % columns;
    const row = ((first - column) / columns) % rows;
    firstRow = Math.min(firstRow, row);
    lastRow = Math.max(lastRow, row);
    firstColumn = Math.min(firstColumn, column);
    lastColumn = Math.max(lastColumn, column + end[runs[i]!]! - 1 - first);
  }
  const slice = rows * columns;
  const firstPlane = Math.floor(begin[runs[0]!]! / slice);
  const lastPlane = Math.floor(begin[runs.at(-1)!]! / slice);
  const size = {
    planes: lastPlane - firstPlane + 1,
    rows: lastRow - firstRow + 1,
    columns: lastColumn - firstColumn + 1,
  };
  return { firstPlane, firstRow, firstColumn, size, runs, pieces: [markers] };
}
