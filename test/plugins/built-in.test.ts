import { expect, test } from '@jest/globals';
import { builtInPlugins } from '../../src/plugin/built-in.js';
import { createRegistry } from '../../src/plugin/registry.js';

test.each([
  ['image', 'predict'],
  ['segmentation', 'predict'],
  ['mesmer', 'mesmer'],
  ['multiplex', 'multiplex'],
  ['spot', 'spot'],
])('the type %s is built in, and consumes the queue %s unless a setting says otherwise', async (type, queue) => {
  expect(createRegistry(await builtInPlugins()).consumerFor(type).defaultQueue).toBe(queue);
});
