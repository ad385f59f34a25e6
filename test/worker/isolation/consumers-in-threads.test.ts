import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipFiles } from '../../../src/images/archive/zip-write.js';
import { writeNuclei } from '../../../src/testing/nuclei.js';
import { cli, jsonLines } from '../../support/cli.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeNuclei(join(folder.path, 'image.tif'), 120, 160);
});
afterAll(() => folder.remove());

/** The result of a job of the type `image`, which asks a model and computes in threads. */
async function resultWith(options: Record<string, unknown>): Promise<Buffer> {
  const out = join(folder.path, `out-${String(options['isolation'])}`);
  const config = join(folder.path, 'kiosk-consumer.config.json');
  await writeFile(config, JSON.stringify({ consumers: { image: options } }));
  const { code, stderr } = await cli(['run', 'image.tif', '--type', 'image', '--out', out], { cwd: folder.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return await readFile(join(out, 'image_labels.tif'));
}

test('a built-in consumer gives the same in a thread of its own', async () => {
  const [inside, apart] = [await resultWith({}), await resultWith({ isolation: 'thread', memoryLimitMB: 512 })];
  expect(apart.equals(inside)).toBe(true);
});

test('a consumer in a thread makes children, waits for them, and is called again', async () => {
  const archive = join(folder.path, 'images.zip');
  const images = ['a.tif', 'b.tif'].map((name) => ({ name, file: join(folder.path, 'image.tif') }));
  await zipFiles(images, archive);
  const config = join(folder.path, 'kiosk-consumer.config.json');
  const consumers = { zip: { isolation: 'thread' }, image: { isolation: 'thread' } };
  await writeFile(config, JSON.stringify({ consumers }));
  const { code, stdout } = await cli(['run', archive, '--type', 'zip', '--json'], { cwd: folder.path });
  expect({ code, ...jsonLines({ stdout })[0] }).toMatchObject({ code: 0, status: 'done' });
});

test('a plugin in TypeScript is translated for its thread, too', async () => {
  const plugin = `
    import { Consumer, definePlugin, type Job } from 'kiosk-consumer';
    class Rows extends Consumer {
      async consume(job: Job) {
        const { shape } = await this.readImage(await this.download(job));
        return { rows: String(shape[0]) };
      }
    }
    export default definePlugin({ name: 'local', apiVersion: 1, consumers: { rows: Rows } });`;
  await writeFile(join(folder.path, 'local.ts'), plugin);
  const config = { plugins: ['./local.ts'], consumers: { rows: { isolation: 'thread' } } };
  await writeFile(join(folder.path, 'kiosk-consumer.config.json'), JSON.stringify(config));
  const { code, stdout } = await cli(['run', 'image.tif', '--type', 'rows', '--json'], { cwd: folder.path });
  expect({ code, ...jsonLines({ stdout })[0] }).toMatchObject({ code: 0, status: 'done' });
});

test('a plugin that stands in the config file cannot be isolated, and is refused with a way out', async () => {
  const config = `
    import { Consumer, definePlugin } from 'kiosk-consumer';
    class Echo extends Consumer { async consume() { return {}; } }
    export default {
      plugins: [definePlugin({ name: 'mine', apiVersion: 1, consumers: { echo: Echo } })],
      consumers: { echo: { isolation: 'thread' } },
    };`;
  await writeFile(join(folder.path, 'inline.config.ts'), config);
  const { code, stderr } = await cli(['run', 'image.tif', '--type', 'echo', '--config', 'inline.config.ts'], {
    cwd: folder.path,
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/KC_CONFIG {2}consumers\.echo\.isolation is "thread", but "mine" stands in the/);
  expect(stderr).toContain('put the plugin into a file of its own');
});
