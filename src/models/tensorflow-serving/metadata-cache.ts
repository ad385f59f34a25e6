/** Where the inputs of models are kept for a while, so that not every job asks the server. */
export interface MetadataCache {
  /** @param key `<name>:<version>` */
  read(key: string): Promise<string | undefined>;
  /** Keeps `value` for as long as the cache keeps anything. */
  write(key: string, value: string): Promise<void>;
}

/** How long metadata are kept if nobody shares them (the original's `METADATA_EXPIRE_TIME`). */
const DEFAULT_TTL_MS = 30_000;

/** A cache of this process alone, for clients that are not given the broker's. */
export function memoryCache(ttlMs = DEFAULT_TTL_MS): MetadataCache {
  const entries = new Map<string, { value: string; until: number }>();
  return {
    read: (key) => {
      const entry = entries.get(key);
      return Promise.resolve(entry && entry.until > Date.now() ? entry.value : undefined);
    },
    write: (key, value) => {
      entries.set(key, { value, until: Date.now() + ttlMs });
      return Promise.resolve();
    },
  };
}

/**
 * The broker's cache, shared by all workers, with this process's own before it. A model without a version is not shared: which one is newest changes.
 * A cache that fails is a cache that is empty: the broker's own trouble is told where the broker is needed.
 */
export function sharedCache(
  hooks: {
    read(key: string): Promise<string | undefined>;
    write(key: string, value: string, ttlSeconds: number): Promise<void>;
  },
  ttlSeconds: number,
): MetadataCache {
  const own = memoryCache(ttlSeconds * 1000);
  return {
    read: async (key) => {
      if (!shared(key)) return undefined;
      const known = await own.read(key);
      if (known !== undefined) return known;
      const found = await hooks.read(key).catch(() => undefined);
      if (found !== undefined) await own.write(key, found);
      return found;
    },
    write: async (key, value) => {
      if (!shared(key)) return;
      await own.write(key, value);
      await hooks.write(key, value, ttlSeconds).catch(() => undefined);
    },
  };
}

function shared(key: string): boolean {
  return !key.endsWith(':');
}
