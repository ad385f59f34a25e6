import { expect, test } from '@jest/globals';
import { Consumer, type OptionsOf, type OptionSpecs } from '../../src/index.js';
import { runJob } from '../../src/testing/index.js';

const OPTIONS = {
  level: { type: 'number', default: 0.5, summary: 'a number' },
  size: { type: 'integer', summary: 'may be left out' },
  kind: { type: 'string', choices: ['a', 'b'], default: 'a', summary: 'one of two' },
  names: { type: 'string', choices: ['a', 'b'], list: true, summary: 'a list' },
  loud: { type: 'boolean', default: false, summary: 'yes or no' },
  more: { type: 'object', summary: 'anything' },
} as const satisfies OptionSpecs;

interface Expected {
  readonly level: number;
  readonly size: number | undefined;
  readonly kind: 'a' | 'b';
  readonly names: string | undefined;
  readonly loud: boolean;
  readonly more: Readonly<Record<string, unknown>> | undefined;
}

/** Compile only if each type fits the other. */
const asExpected = (options: OptionsOf<typeof OPTIONS>): Expected => options;
const asDeclared = (options: Expected): OptionsOf<typeof OPTIONS> => options;

class Typed extends Consumer<typeof OPTIONS> {
  static override readonly options = OPTIONS;

  async consume() {
    const { level, size = 3, kind, loud } = this.options;
    return { told: `${(level * 2).toFixed(1)} ${size + 1} ${kind} ${String(loud)}` };
  }
}

test('options have the types of their declaration, without casts', async () => {
  expect([asExpected, asDeclared]).toHaveLength(2);
  const { fields } = await runJob(Typed, { options: { kind: 'b' } });
  expect(fields['told']).toBe('1.0 4 b false');
});
