import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { TrackingConsumer } from '../../../plugins/tracking/tracking-consumer.js';
import { parseLineages } from '../../../src/images/tracks/lineage-json.js';
import { writeTrk } from '../../../src/images/tracks/write-trk.js';
import type { PredictClient } from '../../../src/models/contract.js';
import { scoreLinks } from '../../../src/processing/tracking/score/score-links.js';
import { readResults } from '../../../src/testing/result-files.js';
import { openRuntime } from '../../../src/testing/runtime.js';
import { TEST_CONSUMER_SETTINGS, TEST_WORKER_SETTINGS } from '../../../src/testing/settings.js';
import { testModel } from '../../../src/testing/test-model.js';
import { executeJob } from '../../../src/worker/execute-job.js';
import {
  compareVectors,
  encode,
  ENCODER_INPUTS,
  INFERENCE_INPUTS,
  judgePairs,
  pairInputs,
} from '../../models/tracking/fake-models.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { makeTimeLapse } from '../../support/time-lapse.js';

const FILM = makeTimeLapse({ seed: 2, frames: 14, side: 200, cells: 18 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const shape = [...FILM.raw.shape, 1];
  await writeTrk(join(folder.path, 'film.trk'), {
    raw: { dtype: 'uint16', shape, data: FILM.raw.data },
    tracked: { shape, data: FILM.truth.labels.data },
    lineages: [FILM.truth.tracks],
  });
});
afterAll(() => folder.remove());

/** A job of the type, with these models behind the predict client; what its archive says of the tracks. */
async function track(models: PredictClient, tracking: { model: string; encoder?: string }) {
  const runtime = await openRuntime({ models: async () => models });
  try {
    await runtime.ports.store.upload(join(folder.path, 'film.trk'), 'uploads/film.trk');
    await runtime.enqueue({ input_file_name: 'uploads/film.trk', original_name: 'film.trk' });
    const claim = (await runtime.broker.claim('q', runtime.lease))!;
    const modelSettings = {
      ...TEST_CONSUMER_SETTINGS.modelSettings,
      tracking: { ...tracking, driftCorrection: false },
    };
    const outcome = await executeJob({
      ...runtime.runOf(TrackingConsumer),
      options: { maxFrames: 100, maxGapFrames: 2 },
      consumerSettings: { ...TEST_CONSUMER_SETTINGS, modelSettings },
      claim,
      lease: runtime.lease,
      stop: new AbortController().signal,
      workerSettings: { ...TEST_WORKER_SETTINGS, deadlineMs: 60_000 },
    });
    if (outcome.status !== 'done') throw new TypeError(JSON.stringify(await runtime.broker.read(claim.key)));
    const files = await readResults(runtime.bucket, outcome.fields['output_file_name']);
    const tiff = files.get('film_feature_0.tif')!;
    const [tracks] = parseLineages('lineage.json', Buffer.from(files.get('lineage.json')!.bytes).toString());
    const { shape, data } = await tiff.image();
    return scoreLinks(FILM.truth, { labels: { shape, data: Int32Array.from(data as Float32Array) }, tracks: tracks! });
  } finally {
    await runtime.close();
  }
}

test('a model that is shown features of pairs follows the cells of a job', async () => {
  const models = testModel({ predict: judgePairs, inputs: pairInputs(7) });
  const { links } = await track(models, { model: 'TrackingModel:0' });
  expect(links.right / links.total).toBeGreaterThan(0.97);
}, 60_000);

test('an encoder, and a model that compares its vectors, follow the cells of a job', async () => {
  const encoder = testModel({ predict: encode, inputs: ENCODER_INPUTS });
  const inference = testModel({ predict: compareVectors, inputs: INFERENCE_INPUTS });
  const asked = new Set<string>();
  const models: PredictClient = {
    ...encoder,
    describe: async (id) => await (id.name === 'NE' ? encoder : inference).describe(id),
    predict: async (id, inputs, options) => {
      asked.add(id.name);
      return await (id.name === 'NE' ? encoder : inference).predict(id, inputs, options);
    },
  };
  const { links } = await track(models, { model: 'Inf:6', encoder: 'NE:6' });
  expect(links.right / links.total).toBeGreaterThan(0.97);
  expect([...asked]).toEqual(['NE', 'Inf']);
}, 60_000);
