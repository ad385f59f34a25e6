/**
 * A queue of items by rank, and among equal ranks by age: first in, first out. Constant time for each item.
 *
 * There is a slot for every item. An item's rank is the number of items that go before all of its equals, so the items of one rank own
 * the slots from there on, and each takes the next free one as it comes. What is in the lowest slot goes next. Which slots
 * are taken stands in bits, with a bit above for every 32 of them, and again for every 32 of these.
 */
export class SlotQueue {
  private readonly items: Int32Array;
  /** Next free slot of each rank. */
  private readonly free: Int32Array;
  private ranks: Uint32Array = new Uint32Array(0);
  /** The first slot of a word is its highest bit, which `clz32` finds first. */
  private readonly words: Int32Array;
  private readonly groups: Int32Array;
  private readonly blocks: Int32Array;
  /** No block before this has a bit. */
  private firstBlock = 0;
  private length = 0;

  /** @param slots how many items there may be */
  constructor(slots: number) {
    this.items = new Int32Array(slots);
    this.free = new Int32Array(slots);
    this.words = new Int32Array(Math.ceil(slots / 32));
    this.groups = new Int32Array(Math.ceil(slots / 1024));
    this.blocks = new Int32Array(Math.ceil(slots / 32768));
  }

  get size(): number {
    return this.length;
  }

  /**
   * Makes the empty queue ready for other items, each of which may be pushed once.
   * @param ranks by item
   * @param slots how many items there are
   */
  prepare(ranks: Uint32Array, slots: number): void {
    this.ranks = ranks;
    for (let slot = 0; slot < slots; slot += 1) this.free[slot] = slot;
    this.firstBlock = 0;
  }

  push(item: number): void {
    const rank = this.ranks[item]!;
    const slot = this.free[rank]!;
    this.free[rank] = slot + 1;
    this.items[slot] = item;
    this.words[slot >>> 5]! |= HIGHEST >>> slot;
    this.groups[slot >>> 10]! |= HIGHEST >>> (slot >>> 5);
    const block = slot >>> 15;
    this.blocks[block]! |= HIGHEST >>> (slot >>> 10);
    if (block < this.firstBlock) this.firstBlock = block;
    this.length += 1;
  }

  /** Only when `size` is above 0. */
  pop(): number {
    const { words, groups, blocks } = this;
    let block = this.firstBlock;
    while (blocks[block] === 0) block += 1;
    this.firstBlock = block;
    const group = block * 32 + Math.clz32(blocks[block]!);
    const word = group * 32 + Math.clz32(groups[group]!);
    const slot = word * 32 + Math.clz32(words[word]!);
    words[word]! ^= HIGHEST >>> slot;
    if (words[word] === 0) {
      groups[group]! ^= HIGHEST >>> word;
      if (groups[group] === 0) blocks[block]! ^= HIGHEST >>> group;
    }
    this.length -= 1;
    return this.items[slot]!;
  }
}

const HIGHEST = 0x80000000;
