import { describe, expect, test } from '@jest/globals';
import { Consumer } from '../../src/consumer/consumer.js';
import { KioskError } from '../../src/errors/kiosk-error.js';
import type { Plugin } from '../../src/plugin/contract.js';
import type { LoadedPlugin } from '../../src/plugin/discover.js';
import { createRegistry } from '../../src/plugin/registry.js';

class Echo extends Consumer {
  static override readonly options = {
    times: { type: 'integer', summary: 'how often', default: 2, min: 1 },
  } as const;

  override async consume() {
    return await Promise.resolve({});
  }
}
class Queued extends Echo {
  static override readonly defaultQueue = 'predict';
}

const loaded = (plugin: Omit<Plugin, 'apiVersion'>, source: LoadedPlugin['source'] = 'package'): LoadedPlugin => ({
  plugin: { apiVersion: 1, ...plugin },
  source,
  reference: `kiosk-consumer-plugin-${plugin.name}`,
  version: '1.0.0',
});

const builtIn = loaded({ name: 'image', consumers: { image: Queued, segmentation: Queued } }, 'built-in');
const echo = loaded({ name: 'echo', consumers: { echo: Echo } });

function errorOf(run: () => unknown): KioskError {
  try {
    run();
  } catch (error) {
    if (error instanceof KioskError) return error;
  }
  throw new Error('nothing was thrown');
}

const opener = () => Promise.reject(new Error('not opened here'));

describe('the registry', () => {
  test('finds the class of a type, its plugin, and its queue', () => {
    const registry = createRegistry([builtIn, echo]);
    expect(registry.types).toEqual(['image', 'segmentation', 'echo']);
    expect(registry.consumerFor('echo')).toEqual({
      type: 'echo',
      class: Echo,
      plugin: echo,
      defaultQueue: 'echo',
      queueSuffix: '',
    });
    expect(registry.consumerFor('image').defaultQueue).toBe('predict');
  });

  test('tells the types there are, and the nearest name, for one that is unknown', () => {
    const { code, message, facts } = errorOf(() => createRegistry([builtIn, echo]).consumerFor('imge'));
    expect({ code, message }).toEqual({ code: 'KC_TYPE_UNKNOWN', message: 'No plugin offers the type "imge".' });
    expect(facts.details).toEqual(['there are: image, segmentation, echo']);
    expect(facts.hint).toMatch(/^did you mean image\?/);
    expect(errorOf(() => createRegistry([echo]).consumerFor('constructor')).code).toBe('KC_TYPE_UNKNOWN');
  });

  test('refuses what two plugins offer, naming both', () => {
    const rival = loaded({ name: 'rival', consumers: { image: Echo } });
    const { code, message } = errorOf(() => createRegistry([builtIn, rival]));
    expect(code).toBe('KC_PLUGIN');
    expect(message).toBe(
      'The type "image" is offered by the built-in plugin "image" and by "rival" (kiosk-consumer-plugin-rival).',
    );
  });

  test('puts functions and drivers of all plugins side by side', () => {
    const module = new URL('file:///blur.js');
    const registry = createRegistry([
      loaded({ name: 'a', preprocess: { blur: { module } }, stores: { ftp: opener } }),
      loaded({ name: 'b', postprocess: { fill: { module } }, brokers: { nats: opener } }),
    ]);
    expect(registry.functions).toEqual({ preprocess: { blur: { module } }, postprocess: { fill: { module } } });
    expect([...registry.schemes.stores.keys(), ...registry.schemes.brokers.keys()]).toEqual(['ftp', 'nats']);
  });

  test("checks a type's options against its class, fills in defaults, and tells the faults of all types together", () => {
    const registry = createRegistry([builtIn, echo]);
    expect(registry.optionsFor('echo', {})).toEqual({ times: 2 });
    expect(registry.optionsFor('echo', { echo: { times: 3 } })).toEqual({ times: 3 });
    const { code, facts } = errorOf(() => registry.optionsFor('echo', { echo: { times: 0, tmies: 1 }, imag: {} }));
    expect(code).toBe('KC_CONFIG');
    expect(facts.details).toEqual([
      'consumers.echo.tmies is not an option; there are: times, deadlineSeconds, maxAttempts, retryBackoffSeconds, isolation, memoryLimitMB',
      'consumers.echo.times is 0; it must be at least 1',
      'consumers.imag: no plugin offers this type; did you mean image?',
    ]);
  });
});
