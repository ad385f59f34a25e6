export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Called with the bytes moved since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  readonly updatedAt: Date;
}

/**
 * Whole objects by key. A key uses `/`, never begins with it, has no empty, `.` or `..` part (see `keys.ts`).
 *
 * Failures are `KioskError`s that name store, bucket and key, never a credential: `KC_STORAGE_NOT_FOUND`,
 * `KC_STORAGE_DENIED`, `KC_STORAGE_KEY`, `KC_STORAGE_FULL` (retry `never`), `KC_STORAGE_UNREACHABLE` (retry `wait`,
 * after the driver's own bounded attempts with jittered back-off).
 */
export interface ObjectStore {
  /** `s3://bucket`, `gs://bucket`, `file:///folder`: no credentials in it. */
  readonly address: string;
  /** The bucket's name; for `file:` the folder's path. */
  readonly bucket: string;

  /** Streams the object to `file`, which appears whole or not at all. */
  download(key: string, file: string, options?: TransferOptions): Promise<void>;

  /** Streams `file` up. Overwrites. The object appears whole or not at all. Safe to repeat. */
  upload(file: string, key: string, options?: TransferOptions): Promise<void>;

  /**
   * A GET URL for people and other programs: signed for `resultUrlSeconds` (3 days), or the plain public one with
   * the option `publicRead`, or a `file://` URL.
   */
  urlFor(key: string): Promise<string>;

  /**
   * The key that `reference` means: a key with or without a leading `/`, a bare name (`uploads/` is tried), or a
   * `gs:`, `s3:`, `https:`, `file:` URL of this same bucket.
   * @throws {KioskError} `KC_STORAGE_KEY` if it points to another bucket or out of this one; `KC_STORAGE_NOT_FOUND`
   */
  resolve(reference: string, options?: { readonly signal?: AbortSignal }): Promise<string>;

  /** Undefined if there is no such object. */
  stat(key: string, options?: { readonly signal?: AbortSignal }): Promise<ObjectInfo | undefined>;

  /** Objects whose key begins with `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;

  /** No error if there is none. */
  delete(key: string): Promise<void>;

  close(): Promise<void>;
}

/** Settings of all drivers that do not stand in the URL. */
export interface StorageOptions {
  /** Results can be read by anyone who knows their URL (the Kiosk's own behaviour). Default false. */
  readonly publicRead: boolean;
  /** How long a signed result URL holds. Default 3 days, the most that S3 allows being 7. */
  readonly resultUrlSeconds: number;
  /** Cap of the back-off between attempts (`STORAGE_MAX_BACKOFF`). */
  readonly maxBackoffMs: number;
  readonly maxAttempts: number;
  /** From `AWS_REGION` and the like; the default credential chain where absent. */
  readonly aws?: {
    readonly region?: string;
    readonly accessKeyId?: string;
    readonly secretAccessKey?: string;
    readonly sessionToken?: string;
  };
  /** A transfer that moves less than 1 KiB/s for this long is given up and tried again. Default 60 s. */
  readonly stallTimeoutMs?: number;
  /** Told before each pause between attempts, so that a waiting worker can say so. */
  readonly onRetry?: (event: StorageRetryEvent) => void;
}

/** One failed attempt that will be repeated. */
export interface StorageRetryEvent {
  readonly address: string;
  /** What was tried, in words: `read "uploads/a.tif"`. */
  readonly what: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  /** What was answered, without credentials. */
  readonly answer: string;
}
