import { expect, test } from '@jest/globals';

import { openChannel } from '../../src/models/tensorflow-serving/channel.js';
import { encodePredictRequest } from '../../src/models/tensorflow-serving/predict-messages.js';
import { ramp } from '../conformance/models.js';
import { startModelServer } from '../support/model-server/start-model-server.js';

const MODELS = [{ name: 'Reference', input: { name: 'image', dtype: 'float32', shape: [-1, 8, 8, 1] } }] as const;

test('a call under way goes on when its connection is replaced because five others ran out of time', async () => {
  const server = await startModelServer({ models: MODELS, behaviours: { delayMs: 2000 } });
  const channel = await openChannel(`127.0.0.1:${server.port}`, false, undefined);
  const request = encodePredictRequest({ name: 'Reference', version: '1' }, { image: ramp([1, 8, 8, 1]) });
  const call = async (timeoutMs: number): Promise<Buffer> =>
    await channel.call('/tensorflow.serving.PredictionService/Predict', request, { timeoutMs, signal: undefined });
  const underWay = call(15_000);
  for (let i = 0; i < 5; i++) await expect(call(100)).rejects.toMatchObject({ code: 4 });
  expect((await call(15_000)).length).toBeGreaterThan(500);
  expect((await underWay).length).toBeGreaterThan(500);
  channel.close();
  await server.stop();
});
