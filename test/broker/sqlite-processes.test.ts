import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Libsql from 'libsql';
import type { Broker } from '../../src/broker/contract.js';
import { openBroker } from '../../src/broker/open.js';
import { as, NO_FOREIGNERS, push, take } from '../conformance/broker/jobs.js';
import { type BrokerProcess, startBrokerProcess } from '../support/broker-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('a database file shared by processes', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file: string;
  const opened: Broker[] = [];
  const children: BrokerProcess[] = [];

  const open = async (): Promise<Broker> => {
    const broker = await openBroker(`sqlite:${file}`);
    opened.push(broker);
    return broker;
  };
  const startChild = async (): Promise<BrokerProcess> => {
    const child = await startBrokerProcess(`sqlite:${file}`);
    children.push(child);
    return child;
  };

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = path.join(folder.path, 'broker.sqlite');
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await Promise.all(opened.splice(0).map((broker) => broker.close()));
    await folder.remove();
  });

  test('processes that open a new file at the same time all get it, and share its jobs', async () => {
    const [one, two, three] = await Promise.all([startChild(), startChild(), startChild()]);
    const keys = Array.from({ length: 300 }, (_, i) => `q:${i}`);
    for (const key of keys) await one.call('enqueue', 'q', key, { status: 'new' });
    const taken = (await Promise.all(
      [one, two, three].map((child, i) => child.call('drain', 'q', { name: `w${i}`, id: `w${i}` }, 30_000)),
    )) as string[][];
    expect(taken.flat().toSorted()).toEqual(keys.toSorted());
    expect(taken.filter((mine) => mine.length > 0).length).toBeGreaterThan(1);
    const broker = await open();
    for (const key of keys) expect((await broker.read(key))?.['status']).toBe('done');
  });

  test('a process killed in the middle of its writes leaves whole jobs, and none is lost', async () => {
    const broker = await open();
    for (let round = 0; round < 4; round += 1) {
      const child = await startChild();
      child.call('churn', 'q', { name: `w${round}`, id: `w${round}` }, 50).catch(() => undefined);
      await sleep(150 + 60 * Math.random());
      await child.stop('SIGKILL');
      expect(child.done.length).toBeGreaterThan(0);
      for (const key of child.done)
        expect(await broker.read(key)).toMatchObject({ status: 'done', output_file_name: key });
    }
    await sleep(60);
    await broker.recover('q', NO_FOREIGNERS);
    for (let claim = await broker.claim('q', as('a')); claim; claim = await broker.claim('q', as('a'))) {
      expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
    }
    const db = new Libsql(file);
    const count = (sql: string): unknown => db.prepare(sql).all();
    expect(count("SELECT count(*) AS n FROM hashes WHERE fields ->> 'status' <> 'done'")).toEqual([{ n: 0 }]);
    expect(count('SELECT count(*) AS n FROM waiting')).toEqual([{ n: 0 }]);
    expect(count('SELECT count(*) AS n FROM jobs')).toEqual([{ n: 0 }]);
    expect(count('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    db.close();
  });

  test('a lock held by another process is waited for without blocking the event loop', async () => {
    const broker = await open();
    const other = new Libsql(file);
    other.exec('BEGIN IMMEDIATE');
    const pushing = push(broker, 'q');
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    await sleep(300);
    clearInterval(ticking);
    other.exec('COMMIT');
    other.close();
    await pushing;
    expect(turns).toBeGreaterThan(5);
    await take(broker, 'q', as('a'));
  });

  test('only this user may read a new file', async () => {
    await push(await open(), 'q');
    for (const name of await readdir(folder.path)) {
      expect([name, (await stat(path.join(folder.path, name))).mode & 0o077]).toEqual([name, 0]);
    }
  });

  test('a file of another program, or of a newer version, is refused and left as it is', async () => {
    const foreign = new Libsql(file);
    foreign.exec('CREATE TABLE holidays (day TEXT)');
    foreign.close();
    await expect(open()).rejects.toMatchObject({
      code: 'KC_BROKER_REFUSED',
      message: expect.stringContaining('another'),
    });
    file = path.join(folder.path, 'newer.sqlite');
    await (await open()).close();
    const newer = new Libsql(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('version 99') });
  });

  test('a file that is no database, and a folder that cannot be made, say so', async () => {
    await writeFile(file, 'This is text, long enough to be no header of a database.'.repeat(20));
    await expect(open()).rejects.toMatchObject({
      code: 'KC_BROKER_REFUSED',
      message: expect.stringContaining('no SQLite'),
    });
    file = path.join(file, 'below', 'a', 'file.sqlite');
    await expect(open()).rejects.toMatchObject({ code: 'KC_BROKER_REFUSED', message: expect.stringContaining(file) });
    await chmod(folder.path, 0o700);
  });

  test('relative and absolute addresses name the same file', async () => {
    await push(await open(), 'q');
    const broker = await openBroker(`sqlite://${file}`, { durable: 'full' });
    opened.push(broker);
    expect(broker.address).toBe(`sqlite:${file}`);
    await take(broker, 'q', as('a'));
  });
});
