import { describe, expect, test } from '@jest/globals';
import type { Broker } from '../../src/broker/contract.js';
import { maskAddress } from '../../src/broker/mask-address.js';
import { MemoryBroker } from '../../src/broker/memory/memory-broker.js';
import { openBroker } from '../../src/broker/open.js';
import { parseRedisUrl } from '../../src/broker/redis/target.js';

describe('addresses of brokers', () => {
  test('an unknown scheme is an error that names the accepted ones, and no secret', async () => {
    const opening = openBroker('rabbit://me:hunter2@host');
    await expect(opening).rejects.toMatchObject({
      code: 'KC_CONFIG',
      message: expect.stringContaining('"rabbit:"'),
      facts: { details: ['accepted: redis: rediss: redis+sentinel: sqlite:'] },
    });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
    await expect(openBroker('localhost')).rejects.toMatchObject({ message: expect.stringContaining('no scheme') });
    await expect(openBroker('sqlite:')).rejects.toMatchObject({ code: 'KC_CONFIG' });
    await expect(openBroker('constructor:x')).rejects.toMatchObject({ code: 'KC_CONFIG' });
  });

  test('a plugin may bring a scheme', async () => {
    const mine = new MemoryBroker();
    const seen: string[] = [];
    const open = async (url: string): Promise<Broker> => (seen.push(url), mine);
    expect(await openBroker('Mine:x', {}, new Map([['mine', open]]))).toBe(mine);
    expect(seen).toEqual(['Mine:x']);
  });

  test.each([
    ['redis://h', { servers: [{ host: 'h', port: 6379 }], db: 0, sentinels: false, tls: undefined }],
    ['redis://h:7000/2', { servers: [{ host: 'h', port: 7000 }], db: 2 }],
    ['redis://:p%40ss@h', { username: undefined, password: 'p@ss', address: 'redis://:***@h' }],
    ['redis://u:a:b@[::1]:6380', { username: 'u', password: 'a:b', servers: [{ host: '::1', port: 6380 }] }],
    ['rediss://h?ca=/x.pem&verify=false', { tls: { ca: '/x.pem', verify: false } }],
    ['redis+sentinel://a,b:1/set?db=3', { servers: [{ host: 'a', port: 26_379 }, { host: 'b', port: 1 }], masterSet: 'set', db: 3, sentinels: true }], // prettier-ignore
    ['redis+sentinel://a', { masterSet: undefined, sentinels: true }],
  ])('%s is understood', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  test.each([
    'redis://',
    'redis:h',
    'redis://h:0',
    'redis://h:99999',
    'redis://a,b',
    'redis://h/x',
    'redis://h?x=1',
    'redis://:%@h',
  ])('%s is refused', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'KC_CONFIG' }));
  });

  test.each([
    ['redis://h:6379', 'redis://h:6379'],
    ['redis://user@h', 'redis://user@h'],
    ['redis://user:a/b@c@h/1', 'redis://user:***@h/1'],
    ['x://h?password=a&Token=b&n=1', 'x://h?password=***&Token=***&n=1'],
    ['sqlite:/home/a@b/x', 'sqlite:/home/a@b/x'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskAddress(url)).toBe(shown);
  });
});
