import { expect, test } from '@jest/globals';
import { newJobFields, newJobKey } from '../../src/broker/job-hash.js';

test('the name of a job is queue, image name and a uuid', () => {
  expect(newJobKey('Segmentation-zip', 'a b:c.ZIP')).toMatch(
    /^segmentation-zip:a b:c\.ZIP:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(newJobKey('q', 'x')).not.toBe(newJobKey('q', 'x'));
});

test('the fields of a new job are those of the frontend', () => {
  const job = { originalName: 'a.png', inputFileName: 'uploads/9c.png', url: 'https://x/9c.png', host: 'pod' };
  expect(newJobFields({ ...job, createdAtMs: Date.UTC(2020, 3, 1, 10) })).toEqual({
    original_name: 'a.png',
    input_file_name: 'uploads/9c.png',
    model_name: '',
    model_version: '',
    postprocess_function: '',
    preprocess_function: '',
    cuts: '0',
    url: 'https://x/9c.png',
    scale: '',
    label: '',
    dimension_order: '',
    status: 'new',
    created_at: '2020-04-01T10:00:00.000Z',
    updated_at: '2020-04-01T10:00:00.000Z',
    identity_upload: 'pod',
  });
});

test('given fields take the place of defaults, but a job starts new', () => {
  const fields = newJobFields({
    originalName: 'a.tif',
    inputFileName: 'uploads/a.tif',
    host: 'pod',
    fields: { scale: '0.5', channels: '0,1', compartment: 'both', status: 'done', created_at: 'never' },
  });
  expect(fields).toMatchObject({ scale: '0.5', channels: '0,1', compartment: 'both', status: 'new' });
  expect(Math.abs(Date.parse(fields['created_at']!) - Date.now())).toBeLessThan(1000);
});
