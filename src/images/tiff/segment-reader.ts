import type { ByteSource } from './byte-source.js';

/** Neighbouring segments are fetched together up to this size: thousands of small strips cost few reads. */
const RUN_BYTES = 4 * 2 ** 20;

/** Gaps up to this size are read over rather than around. */
const GAP_BYTES = 4096;

/** Bytes of strips or tiles that lie within the file, read ahead in runs; a segment is valid until the next call. */
export class SegmentReader {
  readonly #source: ByteSource;
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  #run: Uint8Array = new Uint8Array(0);
  #runOffset = 0;
  #runEnd = 0;

  constructor(source: ByteSource, offsets: Float64Array, lengths: Float64Array) {
    this.#source = source;
    this.#offsets = offsets;
    this.#lengths = lengths;
  }

  read(index: number): Uint8Array {
    const offset = this.#offsets[index]!;
    const length = this.#lengths[index]!;
    if (offset < this.#runOffset || offset + length > this.#runEnd) this.#fetch(index);
    return this.#run.subarray(offset - this.#runOffset, offset - this.#runOffset + length);
  }

  #fetch(index: number): void {
    const start = this.#offsets[index]!;
    let end = start + this.#lengths[index]!;
    for (let next = index + 1; next < this.#offsets.length; next += 1) {
      const from = this.#offsets[next]!;
      const to = from + (this.#lengths[next] ?? 0);
      if (from < end || from > end + GAP_BYTES || to > start + RUN_BYTES) break;
      end = to;
    }
    if (this.#run.length < end - start) this.#run = new Uint8Array(end - start);
    this.#source.readInto(start, this.#run.subarray(0, end - start));
    this.#runOffset = start;
    this.#runEnd = end;
  }
}
