import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { unreadable } from '../image-error.js';

/** Header reads come in small pieces near each other; one read of this size serves most directories. */
const WINDOW_BYTES = 4096;

/**
 * Positional, synchronous reads of one open file, for use in a worker thread. Every read is checked
 * against the size of the file, so no offset of a hostile header can reach outside it.
 */
export class ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #descriptor: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowOffset = 0;

  constructor(file: string) {
    this.name = basename(file);
    try {
      this.#descriptor = openSync(file, 'r');
    } catch (error) {
      throw unreadable(this.name, `cannot be opened (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, error);
    }
    this.size = fstatSync(this.#descriptor).size;
  }

  /** A view of `length` bytes, valid until the next `peek`; for headers. */
  peek(offset: number, length: number): Uint8Array {
    this.require(offset, length);
    const start = offset - this.#windowOffset;
    if (start >= 0 && start + length <= this.#window.length) return this.#window.subarray(start, start + length);
    const bytes = new Uint8Array(Math.min(Math.max(length, WINDOW_BYTES), this.size - offset));
    this.readInto(offset, bytes);
    this.#window = bytes;
    this.#windowOffset = offset;
    return bytes.subarray(0, length);
  }

  /** Fills `target` from `offset`. */
  readInto(offset: number, target: Uint8Array): void {
    this.require(offset, target.length);
    let done = 0;
    while (done < target.length) {
      // One read call moves at most 2 GiB on Linux.
      const wanted = Math.min(target.length - done, 2 ** 30);
      const got = readSync(this.#descriptor, target, done, wanted, offset + done);
      if (got === 0) throw unreadable(this.name, `ends at byte ${offset + done}, while it is being read`);
      done += got;
    }
  }

  /** @throws {KioskError} KC_IMAGE_UNREADABLE if the file does not reach so far */
  require(offset: number, length: number): void {
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
    if (!whole || offset < 0 || length < 0 || offset + length > this.size) {
      throw unreadable(
        this.name,
        `${length} bytes are said to stand at byte ${offset}, but the file ends at ${this.size}; it is cut off or damaged`,
      );
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
