import { expect, test } from '@jest/globals';
import { frontendTimestamp, parseTimestamp, wireTimestamp } from '../../src/broker/timestamp.js';

const time = Date.UTC(2020, 9, 26, 20, 9, 37, 954);

test('consumers write microseconds and an offset, the frontend milliseconds and a Z', () => {
  expect(wireTimestamp(time)).toBe('2020-10-26T20:09:37.954000+00:00');
  expect(frontendTimestamp(time)).toBe('2020-10-26T20:09:37.954Z');
});

test.each([
  '2020-10-26T20:09:37.954947+00:00',
  '2020-10-26 20:09:37.954947+00:00',
  '2020-10-26T20:09:37.954Z',
  '2020-10-26T22:09:37.954+02:00',
  '2020-10-26T22:09:37.954+0200',
  '2020-10-26T22:09:37.954+02',
  '2020-10-26T15:39:37.954-04:30',
])('%s is read', (text) => {
  expect(parseTimestamp(text)).toBe(time);
});

test('a time without fraction is read', () => {
  expect(parseTimestamp('2020-10-26T20:09:37Z')).toBe(time - 954);
});

test.each([undefined, '', 'yesterday', '2020-10-26T20:09:37', '2020-10-26', '2020-13-45T20:09:37Z', '1603742977'])(
  '%s is no time with a zone',
  (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  },
);
