import { describe, expect, test } from '@jest/globals';
import { Consumer } from '../../src/consumer/consumer.js';
import { KioskError } from '../../src/errors/kiosk-error.js';
import { validatePlugin } from '../../src/plugin/validate.js';

class Echo extends Consumer {
  override async consume() {
    return await Promise.resolve({});
  }
}
class LoudEcho extends Echo {}

/** What a second copy of this package would bring. */
function strangerClass(): unknown {
  class OtherConsumer {
    readonly consume = () => ({});
  }
  Object.defineProperty(OtherConsumer, 'name', { value: 'Consumer' });
  return class extends OtherConsumer {};
}

function faultOf(source: string, exported: unknown): KioskError {
  try {
    validatePlugin(source, exported);
  } catch (error) {
    if (error instanceof KioskError) return error;
  }
  throw new Error('the plugin was accepted');
}

describe('a plugin', () => {
  test('that fits is returned as it is', () => {
    const plugin = { name: 'echo', apiVersion: 1, consumers: { echo: Echo, 'loud-echo': LoudEcho } };
    expect(validatePlugin('./echo.ts', plugin)).toBe(plugin);
  });

  test('for another version of the contract is refused by name', () => {
    const { code, message } = faultOf('kiosk-consumer-plugin-echo', { name: 'echo', apiVersion: 2 });
    expect(code).toBe('KC_PLUGIN');
    expect(message).toBe(
      'The plugin "echo" (kiosk-consumer-plugin-echo) does not fit: it is made for apiVersion 2, and this kiosk-consumer speaks apiVersion 1; install a version of kiosk-consumer that fits.',
    );
  });

  test.each([
    [undefined, 'its default export is missing, not an object'],
    [() => undefined, 'its default export is a function, not an object'],
    [{ apiVersion: 1 }, 'name is missing; it must be a text'],
    [{ name: 'x' }, 'apiVersion is missing; this kiosk-consumer speaks apiVersion 1'],
    [
      { name: 'x', apiVersion: 1, consumers: { x: Map } },
      'consumers.x does not extend Consumer; import it from "kiosk-consumer"',
    ],
    [
      { name: 'x', apiVersion: 1, consumers: { x: 'Echo' } },
      'consumers.x is the text "Echo"; it must be a class that extends Consumer',
    ],
    [
      { name: 'x', apiVersion: 1, consumers: { 'a:b': Echo } },
      'consumers.a:b is no name of a type; use lower-case letters, digits, "-" and "_"',
    ],
    [
      { name: 'x', apiVersion: 1, consumer: { x: Echo } },
      'it has a part "consumer", which is not known; there are: name, version, apiVersion, consumers, preprocess, postprocess, brokers, stores, models',
    ],
    [
      { name: 'x', apiVersion: 1, preprocess: { f: () => 1 } },
      'preprocess.f has no module; write { module: new URL("./function.js", import.meta.url) }',
    ],
    [
      { name: 'x', apiVersion: 1, stores: { ftp: {} } },
      'stores.ftp is an object; it must be a function that opens the driver',
    ],
  ])('%p is refused: %s', (exported, fault) => {
    expect(faultOf('x', exported).message).toBe(`The plugin "x" does not fit: ${fault}.`);
  });

  test('with a class of another copy of the package is told what to do', () => {
    const { message } = faultOf('x', { name: 'x', apiVersion: 1, consumers: { x: strangerClass() } });
    expect(message).toContain(
      'extends the Consumer of another copy of kiosk-consumer; make kiosk-consumer a peer dependency',
    );
  });

  test('with several faults is told all of them', () => {
    const { message, facts } = faultOf('./x.ts', { name: 'x', apiVersion: 'one', consumers: [] });
    expect(message).toBe('The plugin "x" (./x.ts) does not fit in 2 points.');
    expect(facts.details).toEqual([
      'apiVersion is the text "one"; this kiosk-consumer speaks apiVersion 1',
      'consumers is a list; it must be an object',
    ]);
  });
});
