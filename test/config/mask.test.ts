import { describe, expect, test } from '@jest/globals';
import { createMask, maskUrls, secretsOfUrl } from '../../src/config/mask.js';

describe('masking', () => {
  test.each([
    ['redis://:hunter2@host:6379', 'redis://:***@host:6379'],
    ['rediss://user:p@ss:word@host/0', 'rediss://user:***@host/0'],
    ['redis://user@host', 'redis://user@host'],
    ['s3://bucket?secretAccessKey=abc&region=x', 's3://bucket?secretAccessKey=***&region=x'],
    ['cannot reach redis://:a@h:1 or grpc://h:2', 'cannot reach redis://:***@h:1 or grpc://h:2'],
  ])('"%s" becomes "%s"', (text, masked) => {
    expect(maskUrls(text)).toBe(masked);
  });

  test('addresses without credentials stay as they are', () => {
    for (const url of ['redis+sentinel://a:1,b:2/mymaster', 'sqlite:.kiosk/jobs.db', 'grpc://tf-serving:8500'])
      expect(maskUrls(url)).toBe(url);
  });

  test('a known secret is masked wherever it stands, decoded too', () => {
    const mask = createMask(secretsOfUrl('redis://:open%20sesame@host'));
    expect(mask('AUTH open sesame failed for open%20sesame')).toBe('AUTH *** failed for ***');
  });

  test('a secret that begins with another one leaves no tail', () => {
    expect(createMask(['token', 'token-of-mine'])('got token-of-mine')).toBe('got ***');
  });

  test('a secret of one or two letters does not blacken ordinary text', () => {
    expect(createMask(['a'])('a banana')).toBe('a banana');
  });
});
