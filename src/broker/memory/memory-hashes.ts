import type { JobFields } from '../contract.js';

interface Entry {
  fields: JobFields;
  expiresAt: number | undefined;
}

/** Hashes with an optional time to live. */
export class MemoryHashes {
  readonly #entries = new Map<string, Entry>();

  read(key: string): Readonly<JobFields> | undefined {
    const entry = this.#entries.get(key);
    if (entry?.expiresAt !== undefined && entry.expiresAt <= Date.now()) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry?.fields;
  }

  /** Adds `fields` to the hash, and makes it if there is none. A time to live stays. */
  write(key: string, fields: JobFields): Readonly<JobFields> {
    const merged = { ...this.read(key), ...fields };
    this.#entries.set(key, { fields: merged, expiresAt: this.#entries.get(key)?.expiresAt });
    return merged;
  }

  /** Puts `fields` in place of all that the hash held; without a time to live. */
  replace(key: string, fields: JobFields): void {
    this.#entries.set(key, { fields, expiresAt: undefined });
  }

  expire(key: string, seconds: number): boolean {
    if (this.read(key) === undefined) return false;
    this.#entries.get(key)!.expiresAt = Date.now() + seconds * 1000;
    return true;
  }
}
