/**
 * A priority queue for items whose priorities are known beforehand as ranks 0 … R−1 and each of which is queued at most once.
 *
 * `pop` gives the item of the lowest rank and, among equals, the one pushed first: the order of a heap of (value, age)
 * without comparing anything. Waiting ranks are bits of a word, waiting words are bits of the next level, so the lowest rank
 * is found in a few steps whatever the number of items.
 */
export class RankQueue {
  /** Items waiting at rank r stand in `slots` from `head[r]` to `tail[r]`. */
  private readonly slots: Int32Array;
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  /** `levels[0]` has a bit per rank, `levels[k]` a bit per word of `levels[k − 1]`; the last one is a single word. */
  private readonly levels: Int32Array[] = [];
  private readonly words: Int32Array;
  /** The first word of `levels[0]` that may have a bit. */
  private word = 0;
  private waiting = 0;

  /**
   * @param firstSlot R + 1 numbers: rank r may hold `firstSlot[r + 1] − firstSlot[r]` items in all
   */
  constructor(firstSlot: Int32Array) {
    const ranks = firstSlot.length - 1;
    this.slots = new Int32Array(firstSlot[ranks]!);
    this.head = firstSlot.slice(0, ranks);
    this.tail = firstSlot.slice(0, ranks);
    let size = Math.max(1, ranks);
    do {
      size = (size + 31) >>> 5;
      this.levels.push(new Int32Array(size));
    } while (size > 1);
    this.words = this.levels[0]!;
  }

  get size(): number {
    return this.waiting;
  }

  push(rank: number, item: number): void {
    const place = this.tail[rank]!;
    this.slots[place] = item;
    this.tail[rank] = place + 1;
    this.waiting += 1;
    if (place !== this.head[rank]!) return;
    const word = rank >>> 5;
    const before = this.words[word]!;
    this.words[word] = before | (1 << (rank & 31));
    if (before === 0) this.raise(word);
    if (word < this.word) this.word = word;
  }

  /** Only when `size` is above 0. */
  pop(): number {
    const { words, head } = this;
    let word = this.word;
    if (words[word] === 0) {
      word = this.nextWord(word);
      this.word = word;
    }
    const bits = words[word]!;
    const lowest = bits & -bits;
    const rank = (word << 5) | (31 - Math.clz32(lowest));
    const place = head[rank]!;
    head[rank] = place + 1;
    this.waiting -= 1;
    if (place + 1 === this.tail[rank]!) {
      words[word] = bits ^ lowest;
      if (bits === lowest) this.lower(word);
    }
    return this.slots[place]!;
  }

  /** Marks `word` of the first level, which was empty, in the levels above. */
  private raise(word: number): void {
    let index = word;
    for (let k = 1; k < this.levels.length; k += 1) {
      const level = this.levels[k]!;
      const bit = 1 << (index & 31);
      index >>>= 5;
      const before = level[index]!;
      level[index] = before | bit;
      if (before !== 0) return;
    }
  }

  /** Unmarks `word` of the first level, now empty, in the levels above. */
  private lower(word: number): void {
    let index = word;
    for (let k = 1; k < this.levels.length; k += 1) {
      const level = this.levels[k]!;
      const bit = 1 << (index & 31);
      index >>>= 5;
      const after = level[index]! & ~bit;
      level[index] = after;
      if (after !== 0) return;
    }
  }

  /** The first non-empty word; all words up to `word` are empty. */
  private nextWord(word: number): number {
    let index = word;
    let k = 0;
    while (this.levels[k]![index] === 0) {
      index >>>= 5;
      k += 1;
    }
    while (k > 0) {
      const bits = this.levels[k]![index]!;
      index = (index << 5) | (31 - Math.clz32(bits & -bits));
      k -= 1;
    }
    return index;
  }
}
