import { describe, expect, test } from '@jest/globals';
import { chooseOutputs } from '../../../src/consumer/jobs/extra-outputs.js';
import { checkOptions } from '../../../src/consumer/options.js';
import { SEGMENTING_OPTIONS } from '../../../src/consumer/segmenting-consumer.js';
import type { Job } from '../../../src/index.js';

function job(fields: Record<string, string>): Job {
  return { key: 'q:x', fields, attempt: 1, signal: new AbortController().signal };
}

describe('the outputs that an archive gets beside its label files', () => {
  test('are none, as in the Kiosk, unless asked for', () => {
    expect(chooseOutputs(job({}), {})).toEqual([]);
  });

  test('are those of the job before those of the option, in an order of their own', () => {
    const options = { outputs: 'overlay' };
    expect(chooseOutputs(job({}), options)).toEqual(['overlay']);
    expect(chooseOutputs(job({ outputs: ' zarr,,Labels, zarr' }), options)).toEqual(['labels', 'zarr']);
    expect(chooseOutputs(job({ outputs: 'none' }), options)).toEqual([]);
  });

  test('of tracking frames are none, whatever the option says: their archives hold exactly one file', () => {
    const frame = { input_file_name: 'output/5f-cells.tif-tracking-frame-12.tif' };
    expect(chooseOutputs(job(frame), { outputs: 'labels' })).toEqual([]);
    expect(chooseOutputs(job({ ...frame, outputs: 'labels' }), {})).toEqual(['labels']);
  });

  test('have names that are known, or the job fails with them', () => {
    expect(() => chooseOutputs(job({ outputs: 'labels,tables' }), {})).toThrow(
      expect.objectContaining({
        code: 'KC_JOB_INVALID',
        message: 'The field "outputs" names "tables", which is no output.',
        facts: { hint: expect.stringContaining('labels, table, outlines, rois, zarr, overlay, provenance') },
      }),
    );
  });

  test('are checked in the config file too', () => {
    expect(checkOptions('consumers.image', SEGMENTING_OPTIONS, { outputs: 'labels, rois' }).faults).toEqual([]);
    expect(checkOptions('consumers.image', SEGMENTING_OPTIONS, { outputs: 'labels,roi' }).faults).toEqual([
      'consumers.image.outputs is "labels,roi"; it must be a comma list of labels, table, outlines, rois, zarr, overlay, provenance',
    ]);
  });
});
