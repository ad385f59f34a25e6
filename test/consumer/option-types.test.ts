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

/** Compiles only if both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const areSame: Same<
  OptionsOf<typeof OPTIONS>,
  {
    readonly level: number;
    readonly size: number | undefined;
    readonly kind: 'a' | 'b';
    readonly names: string | undefined;
    readonly loud: boolean;
    readonly more: Readonly<Record<string, unknown>> | undefined;
  }
> = true;

class Typed extends Consumer<typeof OPTIONS> {
  static override readonly options = OPTIONS;

  async consume() {
    const { level, size = 3, kind, loud } = this.options;
    return { told: `${(level * 2).toFixed(1)} ${size + 1} ${kind} ${String(loud)}` };
  }
}

test('options have the types of their declaration, without casts', async () => {
  expect(areSame).toBe(true);
  const { fields } = await runJob(Typed, { options: { kind: 'b' } });
  expect(fields['told']).toBe('1.0 4 b false');
});
