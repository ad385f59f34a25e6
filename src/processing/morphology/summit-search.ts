import type { Footprint } from './footprints.js';
import type { Frame } from './framed-image.js';
import { framedSteps } from './framed-image.js';
import type { LoweredHeight } from './lowered-height.js';

/** What is known of the region a search visited. */
const UNKNOWN = 0;
/** A seed above the searched pixel's level was met: everything visited is no summit at that level or below. */
const FAILED = 1;
/** The region {height > seed of the searched pixel} was searched to its end and holds no greater seed. */
const CERTIFIED = 2;

/**
 * Decides pixel by pixel, highest first, whether it is an h-maximum, without computing the reconstruction.
 *
 * Let level = height − h of a pixel p. The reconstruction exceeds the level at p, and p is no maximum, exactly if the region of
 * pixels above the level that p belongs to (neighbours: the footprint) holds a seed above the level. So the region is searched
 * outwards from p until such a seed turns up, which is soon, or the region ends, which makes it small. Two facts keep the whole
 * near one visit a pixel:
 *
 * - What a failed search visited fails every later pixel that reaches it, since later pixels have lower levels.
 * - Searching down to the seed of p itself, a hair lower than its level, certifies the region for all pixels of it at once.
 *
 * A pixel whose direct neighbours are all in the region need not look at the rest of its footprint: each pixel there is nearer
 * to one of those neighbours.
 */
export class SummitSearch {
  /** 1 at the h-maxima, in the frame. */
  readonly summits: Uint8Array;
  private readonly steps: Int32Array;
  private readonly edges: Int32Array;
  /** Number of the search that visited a pixel last, from 1. */
  private readonly visitor: Int32Array;
  private readonly outcomes: number[] = [UNKNOWN];
  /** Seed of the pixel each search began at. */
  private readonly floors: number[] = [-Infinity];
  private queue = new Int32Array(4096);

  /**
   * @param heights image in its frame, −Infinity outside
   */
  constructor(
    frame: Frame,
    footprint: Footprint,
    private readonly heights: Float32Array,
    private readonly lowered: LoweredHeight,
  ) {
    this.summits = new Uint8Array(frame.size);
    this.visitor = new Int32Array(frame.size);
    this.steps = framedSteps(frame, footprint);
    const edges = [-frame.width, -1, 1, frame.width];
    if (footprint.rank === 3) edges.push(-frame.slice, frame.slice);
    this.edges = Int32Array.from(footprint.radius > 0 ? edges : []);
  }

  /** Decides one pixel and marks it in `summits`. Pixels must come in descending order of height. */
  test(pixel: number): void {
    const height = this.heights[pixel]!;
    const level = this.lowered.level(height);
    const floor = this.lowered.seed(height);
    if (floor > level) return;
    const owner = this.visitor[pixel]!;
    if (this.outcomes[owner] === FAILED) return;
    if (this.outcomes[owner] === CERTIFIED) {
      if (level >= this.floors[owner]!) this.summits[pixel] = 1;
      return;
    }
    const search = this.begin(floor);
    let outcome = this.explore(pixel, search, floor, level, true);
    this.outcomes[search] = outcome;
    if (outcome === UNKNOWN) {
      // Something between the seed and the level of this pixel decided; look again at its level exactly.
      const again = this.begin(level);
      outcome = this.explore(pixel, again, level, level, false);
      if (outcome === FAILED) this.outcomes[again] = FAILED;
    }
    if (outcome !== FAILED) this.summits[pixel] = 1;
  }

  private begin(floor: number): number {
    this.floors.push(floor);
    return this.outcomes.push(UNKNOWN) - 1;
  }

  /**
   * Visits the region above `floor` around `start` until its fate is sure. UNKNOWN if a step between `floor` and `level` was
   * needed to reach the seed found.
   *
   * @param useKnown whether to let what earlier searches found decide
   */
  private explore(start: number, search: number, floor: number, level: number, useKnown: boolean): number {
    const { heights, lowered, visitor, outcomes, floors, edges, steps } = this;
    let exact = true;
    let length = 1;
    this.queue[0] = start;
    visitor[start] = search;
    for (let place = 0; place < length; place += 1) {
      const pixel = this.queue[place]!;
      let surrounded = edges.length > 0;
      for (let k = 0; k < edges.length; k += 1) surrounded &&= heights[pixel + edges[k]!]! > floor;
      const reach = surrounded ? edges : steps;
      if (length + reach.length > this.queue.length) this.growQueue();
      const { queue } = this;
      for (let k = 0; k < reach.length; k += 1) {
        const other = pixel + reach[k]!;
        const height = heights[other]!;
        if (!(height > floor)) continue;
        const owner = visitor[other]!;
        if (owner === search) continue;
        exact &&= height > level;
        const seed = lowered.seed(height);
        if (seed > floor) return exact && seed > level ? FAILED : UNKNOWN;
        if (useKnown && outcomes[owner] === FAILED) return exact ? FAILED : UNKNOWN;
        if (useKnown && outcomes[owner] === CERTIFIED) return exact && floors[owner]! > level ? FAILED : UNKNOWN;
        visitor[other] = search;
        queue[length] = other;
        length += 1;
      }
    }
    return CERTIFIED;
  }

  private growQueue(): void {
    const bigger = new Int32Array(this.queue.length * 2);
    bigger.set(this.queue);
    this.queue = bigger;
  }
}
