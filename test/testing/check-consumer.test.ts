import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, KioskError, writeTiff, type Job } from '../../src/index.js';
import { checkConsumer, Mismatch, nucleiImage, runJob, testModel } from '../../src/testing/index.js';
import type { ConsumerClass } from '../../src/plugin/contract.js';
import { SegmentationConsumer } from '../../plugins/image/segmentation-consumer.js';

const image = nucleiImage(48, 64);

/** Copies its image; parts of it are replaced by misbehaviour. */
class Copy extends Consumer {
  async consume(job: Job): Promise<Record<string, string>> {
    const raster = await this.readImage(await this.download(job));
    const file = this.path('copy.tif');
    await writeTiff(file, raster);
    const archive = this.path('result.zip');
    await this.zip([{ name: 'copy.tif', file }], archive);
    const { key, url } = await this.upload(archive);
    return { output_file_name: key, output_url: url, rows: String(raster.shape[0]) };
  }
}

async function findings(consumerClass: ConsumerClass): Promise<readonly string[]> {
  try {
    await checkConsumer(consumerClass, { image, abortWithinMs: 100 });
  } catch (error) {
    if (error instanceof Mismatch) return error.found;
    throw error;
  }
  return [];
}

test('a consumer that keeps to the rules passes', async () => {
  expect(await findings(Copy)).toEqual([]);
});

test('the built-in segmentation passes, with a model of the test', async () => {
  const model = testModel({
    card: { format: 1, postprocess: [{ function: 'pixelwise' }], preprocess: [{ function: 'normalize' }] },
    predict: ({ image: input }) => {
      const [batch, rows, columns] = input!.shape as [number, number, number];
      const data = new Float32Array(batch * rows * columns * 3);
      for (let i = 0; i < batch * rows * columns; i++) data[3 * i + (Number(input!.data[i]) > 1 ? 1 : 2)] = 1;
      return { prediction: { shape: [batch, rows, columns, 3], data } };
    },
  });
  await checkConsumer(SegmentationConsumer, { image, model, fields: { channels: '0' } });
});

describe('it is told of a consumer that', () => {
  test('gives back what is no text', async () => {
    class Numbers extends Copy {
      override async consume(job: Job) {
        return { ...(await super.consume(job)), cells: 3 as unknown as string };
      }
    }
    expect(await findings(Numbers)).toContain('The field "cells" is number, not a text.');
  });

  test('differs from run to run', async () => {
    class Chance extends Copy {
      override async consume(job: Job) {
        return { ...(await super.consume(job)), chance: String(Math.random()) };
      }
    }
    expect(await findings(Chance)).toEqual([expect.stringMatching(/^The field "chance" is "0\.\d+" in one run and /)]);
  });

  test('writes the final status itself', async () => {
    class Hasty extends Copy {
      override async consume(job: Job) {
        const fields = await super.consume(job);
        await this.updateKey(job, { status: 'done' }).catch(() => undefined);
        return fields;
      }
    }
    expect(await findings(Hasty)).toContain('It writes the final status "done" itself; return the fields, or throw.');
  });

  test('goes on after its job was aborted', async () => {
    class Deaf extends Copy {
      override async consume(job: Job) {
        const fields = await super.consume(job).catch((error: unknown) => error as Record<string, string>);
        await sleep(400);
        return fields;
      }
    }
    expect(await findings(Deaf)).toContainEqual(
      expect.stringMatching(/^It goes on for more than 100 ms after its job was aborted at store\./),
    );
  });

  test('publishes behind the back of the runtime', async () => {
    class Sly extends Copy {
      override async consume(job: Job) {
        const file = this.path('sly.txt');
        await writeFile(file, 'sly');
        await this.context.ports.store.upload(file, 'output/sly.txt');
        return await super.consume(job);
      }
    }
    expect(await findings(Sly)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^It leaves the object output\/sly\.txt behind when/)]),
    );
  });

  test('does not look at its file', async () => {
    class Blind extends Copy {
      override async consume(job: Job) {
        const { data } = await this.readImage(await this.download(job)).catch(() => ({ data: undefined }));
        return { pixels: String(data!.length) };
      }
    }
    expect(await findings(Blind)).toContainEqual(
      expect.stringMatching(/^It meets a file that is no image with "TypeError: /),
    );
  });

  test('does not do its job', async () => {
    class Refusing extends Consumer {
      async consume(): Promise<never> {
        throw new KioskError('KC_IMAGE_SHAPE', 'it never does');
      }
    }
    expect(await findings(Refusing)).toEqual(['It does not do its job: ImageShapeError: It never does.']);
  });
});

describe('runJob', () => {
  test('gives back status, fields, files and log lines', async () => {
    class Telling extends Copy {
      override async consume(job: Job) {
        this.logger.info('told', { once: true });
        return await super.consume(job);
      }
    }
    const { status, fields, files, logs } = await runJob(Telling, { image, fields: { scale: '2' } });
    expect({ status, rows: fields['rows'], scale: fields['scale'] }).toEqual({
      status: 'done',
      rows: '48',
      scale: '2',
    });
    const read = await files.get('copy.tif')!.image();
    expect([read.shape, Array.from(read.data as Uint16Array)]).toEqual([[48, 64], [...image.data]]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'info', message: 'told' }));
  });

  test('gives back why a job failed', async () => {
    const { status, error, fields } = await runJob(Copy, {});
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(KioskError);
    expect(fields['reason']).toMatch(/ImageReadError: /);
  });

  test('refuses options as the program does', async () => {
    await expect(runJob(Copy, { options: { rows: 1 } })).rejects.toMatchObject({ code: 'KC_CONFIG' });
  });
});
