import { describe, expect, test } from '@jest/globals';
import { MesmerConsumer } from '../../../plugins/mesmer/mesmer-consumer.js';
import { MultiplexConsumer } from '../../../plugins/mesmer/multiplex-consumer.js';
import {
  type ConsumerContext,
  type Job,
  type JobFields,
  type ModelCard,
  type ModelDescription,
  type ModelSettings,
  type Pass,
  type PlannedPass,
  type PredictClient,
} from '../../../src/index.js';
import { TEST_CONSUMER_SETTINGS } from '../../../src/testing/settings.js';

interface Known {
  readonly options?: Record<string, unknown>;
  readonly settings?: Partial<ModelSettings>;
  readonly card?: ModelCard;
  readonly heads?: number;
}

/** Keeps the plan of a job instead of doing it. */
function planning<T extends typeof MesmerConsumer | typeof MultiplexConsumer>(Class: T) {
  abstract class Base extends (Class as typeof MesmerConsumer) {
    planned: PlannedPass | undefined;
    protected override async segment(_job: Job, choosePass: (file: string) => Promise<Pass>): Promise<JobFields> {
      this.planned = await this.plan(await choosePass('image.tif'));
      return {};
    }
  }
  return class Planning extends Base {};
}

async function planOf(
  Class: typeof MesmerConsumer | typeof MultiplexConsumer,
  fields: Record<string, string>,
  { options = {}, settings = {}, card, heads = 0 }: Known = {},
): Promise<PlannedPass> {
  const info = { name: 'x', dtype: 'float32', shape: [-1, 256, 256, 2] } as const;
  const describing: Pick<PredictClient, 'describe'> = {
    describe: async (id): Promise<ModelDescription> => ({
      id,
      inputs: [info],
      outputs: new Array(heads).fill(info),
      card,
    }),
  };
  const job: Job = { key: 'mesmer:x', fields, attempt: 1, signal: new AbortController().signal };
  const modelSettings = { ...TEST_CONSUMER_SETTINGS.modelSettings, ...settings };
  const context = {
    job,
    options,
    settings: { ...TEST_CONSUMER_SETTINGS, modelSettings },
    functions: { preprocess: {}, postprocess: {} },
    ports: { models: async () => describing },
    waiting: () => undefined,
  } as unknown as ConsumerContext;
  const consumer = new (planning(Class))(context);
  await consumer.consume(job);
  return consumer.planned!;
}

/** The one step of the post-processing for so many heads. */
function stepOf(plan: PlannedPass, heads: number): { name: string; parameters: Record<string, unknown> } {
  return plan.postprocess(heads)[0] as { name: string; parameters: Record<string, unknown> };
}

describe('the compartment of a job', () => {
  const card: ModelCard = {
    format: 1,
    postprocess: [{ function: 'mesmer_postprocess', parameters: { compartment: 'both' } }],
  };
  const compartment = async (fields: Record<string, string>, known?: Known) =>
    stepOf(await planOf(MesmerConsumer, fields, known), 4).parameters['compartment'];

  test('is that of its field before its options before the type’s before the variable before the card', async () => {
    const everything = { card, settings: { compartment: 'nuclear' }, options: { compartment: 'whole-cell' } } as const;
    const inOptions = { postprocess_options: '{"compartment": "nuclear"}' };
    expect(await compartment({ compartment: 'Both', ...inOptions }, everything)).toBe('both');
    expect(await compartment(inOptions, everything)).toBe('nuclear');
    expect(await compartment({}, everything)).toBe('whole-cell');
    expect(await compartment({}, { card, settings: { compartment: 'nuclear' } })).toBe('nuclear');
    expect(await compartment({}, { card })).toBe('both');
    expect(await compartment({})).toBe('whole-cell');
  });

  test('of a setting is passed over by functions without one; that of a job is not', async () => {
    const settings = { compartment: 'nuclear' } as const;
    const plan = await planOf(MesmerConsumer, { postprocess_function: 'pixelwise' }, { settings });
    expect(stepOf(plan, 1).parameters).not.toHaveProperty('compartment');
    await expect(
      planOf(MesmerConsumer, { postprocess_function: 'pixelwise', compartment: 'both' }, { settings }),
    ).rejects.toMatchObject({ code: 'KC_JOB_INVALID' });
  });
});

describe('the channels of a job', () => {
  test.each([
    ['0,1', [0, 1]],
    ['2,0,,', [2, 0]],
    ['', undefined],
  ])('%j are %j', async (channels, expected) => {
    expect((await planOf(MesmerConsumer, { channels })).prepare.channels).toEqual(expected);
  });

  test.each(['0', ',1', '0,', '0,1,2', ','])('%j are refused', async (channels) => {
    await expect(planOf(MesmerConsumer, { channels })).rejects.toMatchObject({
      code: 'KC_JOB_INVALID',
      message: expect.stringContaining('nuclei, cytoplasm or membranes'),
    });
  });
});

describe('the functions of a job', () => {
  test('are those of 2023 for mesmer, whatever the layout of heads', async () => {
    const plan = await planOf(MesmerConsumer, {});
    expect(plan.prepare).toMatchObject({ interpolation: 'linear', steps: [{ name: 'multiplex_preprocess' }] });
    expect([4, 8].map((heads) => stepOf(plan, heads).name)).toEqual(['mesmer_postprocess', 'mesmer_postprocess']);
    expect(plan.dimOrder).toBe('YXC');
  });

  test('are those of 2020 for multiplex, of the release that had this layout of heads', async () => {
    const plan = await planOf(MultiplexConsumer, { scale: '2' });
    expect(plan.prepare).toMatchObject({ scale: 2, interpolation: 'nearest' });
    expect([4, 8, 3].map((heads) => stepOf(plan, heads).name)).toEqual([
      'multiplex@0.8.6',
      'multiplex@0.6.1',
      'multiplex@0.6.1',
    ]);
  });

  test('are checked before the image is read where the heads are known', async () => {
    const wrong = { postprocess_options: '{"whole_cell_kwargs": {"radios": 2}}' };
    await expect(planOf(MultiplexConsumer, wrong, { heads: 4 })).rejects.toMatchObject({ code: 'KC_JOB_INVALID' });
    const plan = await planOf(MultiplexConsumer, wrong);
    expect(() => plan.postprocess(4)).toThrow(/radios/);
  });
});
