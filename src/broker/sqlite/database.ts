import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Libsql from 'libsql';
import { KioskError } from '../../errors/kiosk-error.js';
import { messageOf } from '../error-facts.js';
import type { BrokerSettings } from '../options.js';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.js';
import { isBusy, lockedTooLong, refusedBySqlite } from './sqlite-errors.js';

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

interface Statement {
  run(...values: Value[]): { readonly changes: number };
  all(...values: Value[]): unknown[];
}

/** A call to SQLite blocks the event loop: it waits this long for a lock, then the loop gets its turn. */
const BUSY_SLICE_MS = 5;
/** Pause between two tries, jittered. */
const BUSY_PAUSE_MS = 10;
/** A transaction of ours takes well below a millisecond: who holds the lock longer than this is stopped. */
const LOCK_BOUND_MS = 10_000;

/**
 * One connection to the database file: write-ahead log, every statement prepared once, every failure a KioskError.
 * A lock held by another process is waited for without blocking the event loop.
 */
export class Database {
  readonly #statements = new Map<string, Statement>();

  private constructor(
    readonly file: string,
    private readonly db: Libsql.Database,
    private readonly lockBoundMs: number,
  ) {}

  /** Opens the file, with its folder and tables made if there are none; only this user may read a new one. */
  static async open(file: string, settings: BrokerSettings): Promise<Database> {
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await (await open(file, 'a', 0o600)).close();
    } catch (error) {
      const hint = 'name a file in a folder that this user may write';
      throw new KioskError(
        'KC_BROKER_REFUSED',
        `${file}: cannot be opened: ${messageOf(error)}.`,
        { hint },
        { cause: error },
      );
    }
    const { default: Driver } = await import('libsql');
    let database: Database | undefined;
    try {
      const lockBoundMs = Math.min(LOCK_BOUND_MS, settings.maxWaitMs);
      database = new Database(file, new Driver(file, { timeout: BUSY_SLICE_MS }), lockBoundMs);
      await database.#prepareFile(settings.durable);
      return database;
    } catch (error) {
      database?.close();
      throw error instanceof KioskError ? error : refusedBySqlite(file, error);
    }
  }

  /** Runs `work`, which only reads; waits while another process repairs the file after a crash. */
  async read<T>(work: () => T): Promise<T> {
    return this.#patiently(work);
  }

  /** Rows of one reading statement. Only inside {@link read} or {@link write}. */
  all(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  /** @returns how many rows were written. Only inside {@link write}. */
  run(sql: string, ...values: Value[]): number {
    return this.#statement(sql).run(...values).changes;
  }

  /**
   * Runs `work` in a transaction that holds the write lock: all of it or nothing. It must be synchronous, and is run
   * again if the lock could not be had.
   */
  async write<T>(work: () => T): Promise<T> {
    return this.#patiently(() => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.db.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.db.inTransaction) this.db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  close(): void {
    if (this.db.open) this.db.close();
  }

  async #prepareFile(durable: BrokerSettings['durable']): Promise<void> {
    await this.#patiently(() => this.db.prepare('PRAGMA journal_mode = WAL').all());
    this.db.exec(`PRAGMA synchronous = ${durable === 'full' ? 'FULL' : 'NORMAL'}`);
    await this.write(() => {
      const version = Number(this.all('PRAGMA user_version')[0]?.['user_version']);
      const owner = Number(this.all('PRAGMA application_id')[0]?.['application_id']);
      const tables = Number(this.all('SELECT count(*) AS n FROM sqlite_master')[0]?.['n']);
      if (tables === 0) {
        this.db.exec(SCHEMA);
        this.db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
      } else if (owner !== APPLICATION_ID) {
        throw new KioskError('KC_BROKER_REFUSED', `${this.file}: is the database of another program.`, {
          hint: 'name another file for the broker',
        });
      } else if (version !== SCHEMA_VERSION) {
        throw new KioskError(
          'KC_BROKER_REFUSED',
          `${this.file}: its tables have version ${version}, and this program knows version ${SCHEMA_VERSION}.`,
          { hint: version > SCHEMA_VERSION ? 'install the newer version of kiosk-consumer' : 'name another file' },
        );
      }
    });
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare<Value[]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Tries until no other process holds the lock. */
  async #patiently<T>(attempt: () => T): Promise<T> {
    const start = Date.now();
    for (;;) {
      try {
        return attempt();
      } catch (error) {
        const waitedMs = Date.now() - start;
        if (!isBusy(error) || waitedMs > this.lockBoundMs) throw this.#failure(error, waitedMs);
        await sleep(BUSY_PAUSE_MS * (0.5 + Math.random()));
      }
    }
  }

  #failure(error: unknown, waitedMs: number): unknown {
    if (error instanceof KioskError) return error;
    return isBusy(error) ? lockedTooLong(this.file, waitedMs, error) : refusedBySqlite(this.file, error);
  }
}
