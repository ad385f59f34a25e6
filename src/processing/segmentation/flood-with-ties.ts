import type { SlotQueue } from '../structures/slot-queue.js';
import type { FloodGround } from './flood-ground.js';
import type { TiedMarkers } from './tied-markers.js';
import { hasOpenNeighbour } from './tied-markers.js';

/**
 * Floods one piece whose markers tie, and watches whether the order of the tied ones can matter.
 *
 * Call a set of queued pixels *open* if they stand together in the queue but their order among themselves depends on a tie. At first these
 * are the groups of tied markers. When pixels of one open set and one height are taken from the queue, nothing else happens until
 * they and all lower ground behind them are done (a *span*). Whatever order they had, the same pixels get the same labels,
 * unless two of their floods claim one pixel; and what is queued meanwhile stands together: the next open set, if the span had several
 * labels. Where heights differ, sets soon have one member and the question is settled.
 *
 * A span's claims are watched on the side of the loser: a pixel that is taken, or need not be queued, and has a neighbour which got
 * another label in the same span.
 */
export class TieWatchingFlood {
  /** Whether two orders of tied markers may give different labels; then the labels found are worth nothing. */
  contested = false;
  /** Open set of each queued pixel, 0 if none. */
  private readonly setOf: Int32Array;
  /** Span in which a pixel was labelled, if it was in one. */
  private readonly spanOf: Int32Array;
  /** By number of an open set: whether it really is open, which shows only when its span is over. */
  private readonly isOpen: number[] = [0];

  // The span under way, 0 if none; it is also the number of the set that is queued in it.
  private span = 0;
  private spanHeight = 0;
  private spanSet = 0;
  private spanLabel = 0;

  /** @param waiting prepared for the ground, and empty */
  constructor(
    private readonly ground: FloodGround,
    private readonly waiting: SlotQueue,
  ) {
    this.setOf = new Int32Array(ground.size);
    this.spanOf = new Int32Array(ground.size);
  }

  /** Floods from the marker pixels of one piece, until done or contested. */
  run(seeds: Int32Array, tied: TiedMarkers): void {
    const { ground, waiting, isOpen, setOf } = this;
    const firstSet = isOpen.length - 1;
    for (let group = 0; group < tied.count; group += 1) isOpen.push(1);
    this.span = 0;
    for (let i = 0; i < seeds.length; i += 1) {
      const pixel = seeds[i]!;
      if (!hasOpenNeighbour(ground.labels, ground.neighbours, pixel)) continue;
      if (tied.groups[i]! > 0) setOf[pixel] = firstSet + tied.groups[i]!;
      waiting.push(pixel);
    }
    while (waiting.size > 0 && !this.contested) this.take(waiting.pop());
    while (waiting.size > 0) waiting.pop();
  }

  private take(pixel: number): void {
    const { labels, neighbours } = this.ground;
    const label = labels[pixel]!;
    this.enterSpan(pixel, label);
    const { span } = this;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = pixel + neighbours[k]!;
      const found = labels[neighbour]!;
      if (found !== 0) {
        if (span > 0 && found !== label && this.spanOf[neighbour] === span) this.contested = true;
        continue;
      }
      labels[neighbour] = label;
      if (span > 0) {
        this.spanOf[neighbour] = span;
        this.setOf[neighbour] = span;
      }
      if (hasOpenNeighbour(labels, neighbours, neighbour)) this.waiting.push(neighbour);
      else if (span > 0) this.watch(neighbour, label);
    }
  }

  /** Finds out whether the pixel belongs to the span under way, begins one, or neither. */
  private enterSpan(pixel: number, label: number): void {
    const height = this.ground.ranks[pixel]!;
    const set = this.setOf[pixel]!;
    if (this.span > 0) {
      if (height < this.spanHeight) return;
      if (height === this.spanHeight && set === this.spanSet) {
        if (label !== this.spanLabel) this.isOpen[this.span] = 1;
        return;
      }
      this.span = 0;
    }
    if (this.isOpen[set] === 0) return;
    this.span = this.isOpen.push(0) - 1;
    this.spanHeight = height;
    this.spanSet = set;
    this.spanLabel = label;
  }

  private watch(pixel: number, label: number): void {
    const { labels, neighbours } = this.ground;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = pixel + neighbours[k]!;
      if (labels[neighbour] !== label && this.spanOf[neighbour] === this.span) this.contested = true;
    }
  }
}
