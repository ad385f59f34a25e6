/**
 * A binary min-heap of (key, item) which moves its entries exactly as scikit-image's does, so that entries with equal keys leave
 * it in the same order as there.
 *
 * `push` appends and rises past parents with a strictly greater key. `pop` moves the last entry to the root and sinks it: past
 * the left child if strictly smaller than the entry, or the right child if strictly smaller than both; otherwise it stays.
 */
export class AgeHeap {
  private keys: Float64Array;
  private items: Int32Array;
  private length = 0;

  /** @param capacity entries before the heap has to grow */
  constructor(capacity: number) {
    this.keys = new Float64Array(Math.max(16, capacity));
    this.items = new Int32Array(this.keys.length);
  }

  get size(): number {
    return this.length;
  }

  push(key: number, item: number): void {
    if (this.length === this.keys.length) this.grow();
    const { keys, items } = this;
    let place = this.length;
    this.length += 1;
    while (place > 0) {
      const parent = ((place + 1) >>> 1) - 1;
      const parentKey = keys[parent]!;
      if (key >= parentKey) break;
      keys[place] = parentKey;
      items[place] = items[parent]!;
      place = parent;
    }
    keys[place] = key;
    items[place] = item;
  }

  /** Only when `size` is above 0. */
  pop(): number {
    const { keys, items } = this;
    const first = items[0]!;
    this.length -= 1;
    const { length } = this;
    const key = keys[length]!;
    const item = items[length]!;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= length) break;
      const right = left + 1;
      let smallest = place;
      let smallestKey = key;
      if (keys[left]! < smallestKey) {
        smallest = left;
        smallestKey = keys[left]!;
      }
      if (right < length && keys[right]! < smallestKey) {
        smallest = right;
        smallestKey = keys[right]!;
      }
      if (smallest === place) break;
      keys[place] = smallestKey;
      items[place] = items[smallest]!;
      place = smallest;
    }
    keys[place] = key;
    items[place] = item;
    return first;
  }

  private grow(): void {
    const keys = new Float64Array(this.keys.length * 2);
    keys.set(this.keys);
    const items = new Int32Array(keys.length);
    items.set(this.items);
    this.keys = keys;
    this.items = items;
  }
}
