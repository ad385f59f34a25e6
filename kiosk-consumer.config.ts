import { defineConfig } from 'kiosk-consumer';

/**
 * Everything on one machine: queue and jobs in a file, images and results in a folder, and the small nuclear model that
 * comes with the package. Paths are relative to this file; variables and flags win over what stands here.
 * `kiosk-consumer config print` shows what is in force, docs/settings.md what there is.
 *
 * With a Kiosk cluster it would be:
 *
 *   broker: 'redis://redis:26379',
 *   storage: { url: 'gs://my-bucket', publicRead: true },
 *   models: { url: 'grpc://tf-serving:8500', maxBatchSize: 32 },
 *   modelSettings: { nuclear: 'NuclearSegmentation:6' },
 *   concurrency: 2,
 *
 * and with plugins, which may also be objects made here with `definePlugin`:
 *
 *   plugins: ['kiosk-consumer-plugin-spots', './my-plugin.ts'],
 *   consumers: { spots: { threshold: 0.9 } },
 */
export default defineConfig({
  broker: 'sqlite:.kiosk/jobs.db',
  storage: 'file:.kiosk/bucket',
  models: 'onnx:plugins/image/models',
  modelSettings: { nuclear: 'nuclear-demo:1' },
});
