import { expect, test } from '@jest/globals';
import { parseTimestamp } from '../../../src/broker/timestamp.js';
import type { Subject } from '../broker.js';
import { as, push, someQueue, take } from './jobs.js';

export function claiming(subject: Subject): void {
  test('an empty queue gives nothing', async () => {
    const broker = await subject().open();
    expect(await broker.claim(someQueue(), as('a'))).toBeUndefined();
  });

  test('jobs come in the order in which they were pushed', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const keys = [await push(broker, queue), await push(broker, queue), await push(broker, queue)];
    const taken = [];
    for (const _ of keys) taken.push((await take(broker, queue, as('a'))).key);
    expect(taken).toEqual(keys);
  });

  test('a claim carries the fields, a token and the first attempt, and stamps the hash', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue, { input_file_name: 'uploads/a.tif' });
    const claim = await take(broker, queue, as('pod-1'));
    expect(claim).toMatchObject({
      queue,
      key,
      attempt: 1,
      fields: { status: 'new', input_file_name: 'uploads/a.tif' },
    });
    expect(claim.token).not.toBe('');
    const hash = await broker.read(key);
    expect(hash).toMatchObject({ status: 'new', updated_by: 'pod-1' });
    expect(hash?.['updated_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    expect(Math.abs(parseTimestamp(hash?.['updated_at'])! - Date.now())).toBeLessThan(2000);
  });

  test('workers that race for jobs each get different ones, and together all', async () => {
    const brokers = await Promise.all([1, 2, 3].map(() => subject().open()));
    const queue = someQueue();
    const keys: string[] = [];
    for (let i = 0; i < 60; i += 1) keys.push(await push(brokers[0]!, queue));
    const taken = await Promise.all(
      brokers.flatMap((broker, index) =>
        [1, 2].map(async (slot) => {
          const mine: string[] = [];
          const options = as(`worker-${index}-${slot}`);
          for (let claim = await broker.claim(queue, options); claim; claim = await broker.claim(queue, options)) {
            mine.push(claim.key);
          }
          return mine;
        }),
      ),
    );
    expect(taken.flat().toSorted()).toEqual(keys.toSorted());
  });

  test('a queue has one name in any case', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue.toUpperCase());
    expect((await take(broker, queue, as('a'))).key).toBe(key);
    const second = await push(broker, queue);
    const claim = await take(broker, queue.toUpperCase(), as('a'));
    expect(claim).toMatchObject({ key: second, queue });
  });

  test.each([
    'q:plain.tif:1',
    'q:with blank, comma: and colon.tif:2',
    'q:Zellkern-äöü-細胞-🔬.tif:3',
    'q:line\nbreak\ttab "quotes" \\ %25 \'.tif:4',
    'q:[glob]*?.tif:5',
    '__proto__',
  ])('the hash name %j survives', async (key) => {
    const broker = await subject().open();
    const queue = someQueue();
    await broker.enqueue(queue, key, { status: 'new', [key]: key, '': 'empty', __proto__2: 'x' });
    const claim = await take(broker, queue, as('a'));
    expect(claim.key).toBe(key);
    expect(Object.entries(claim.fields)).toEqual(expect.arrayContaining([[key, key], ['', 'empty']])); // prettier-ignore
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
    expect((await broker.read(key))?.['status']).toBe('done');
    expect(await broker.expire(key, 0)).toBe(true);
  });

  test('a field of one megabyte survives', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const text = 'ä\u0000"\\'.repeat(200_000);
    await push(broker, queue, { text });
    const claim = await take(broker, queue, as('a'));
    expect(claim.fields['text'] === text).toBe(true);
    expect(await broker.update(claim, as('a'), { more: text })).toBe(true);
    const hash = await broker.read(claim.key);
    expect(hash?.['more'] === text && hash['text'] === text).toBe(true);
  });

  test('an entry whose hash is gone is dropped, and the hash stays gone', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const gone = await push(broker, queue);
    const key = await push(broker, queue);
    await broker.expire(gone, 0);
    expect((await take(broker, queue, as('a'))).key).toBe(key);
    expect(await broker.read(gone)).toBeUndefined();
    expect(await broker.claim(queue, as('a'))).toBeUndefined();
  });

  test.each(['done', 'failed'])('an entry that is already %s is dropped and not written', async (status) => {
    const broker = await subject().open();
    const queue = someQueue();
    const ended = await push(broker, queue, { status });
    expect(await broker.claim(queue, as('a'))).toBeUndefined();
    expect(await broker.read(ended)).toEqual({ status });
  });

  test('a job left in the middle by a predecessor is taken', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue, { status: 'predicting' });
    expect((await take(broker, queue, as('a'))).fields['status']).toBe('predicting');
  });

  test('a job that is there already is neither reset nor pushed again', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    const claim = await take(broker, queue, as('a'));
    await broker.update(claim, as('a'), { status: 'started' });
    await broker.enqueue(queue, key, { status: 'new' });
    expect((await broker.read(key))?.['status']).toBe('started');
    expect(await broker.claim(queue, as('b'))).toBeUndefined();
  });

  test('names that would break the names of lists are refused', async () => {
    const broker = await subject().open();
    await expect(broker.claim('a:b', as('a'))).rejects.toMatchObject({ code: 'KC_CONFIG' });
    await expect(broker.claim(someQueue(), as('pod:1'))).rejects.toMatchObject({ code: 'KC_CONFIG' });
  });
}
