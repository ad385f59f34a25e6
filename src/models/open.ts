import { fileURLToPath } from 'node:url';
import { KioskError } from '../errors/kiosk-error.js';
import { bundledModelsFolder } from './bundled.js';
import type { ModelsOptions, PredictClient } from './contract.js';

/** Makes the client for one scheme of `models:` addresses. */
export type ModelsFactory = (url: string, options: OpenModelsOptions) => Promise<PredictClient>;

export interface OpenModelsOptions extends ModelsOptions {
  /** The broker's cache of model metadata; without it each process keeps its own. */
  readonly metadataCache?: {
    readonly ttlSeconds: number;
    read(key: string): Promise<string | undefined>;
    write(key: string, value: string, ttlSeconds: number): Promise<void>;
  };
}

const BUILT_IN: ReadonlyMap<string, ModelsFactory> = new Map([
  ['grpc', openGrpc],
  ['grpcs', openGrpc],
  ['onnx', openOnnx],
]);

/** TensorFlow Serving's gRPC port. */
const DEFAULT_PORT = 8500;

/**
 * The client for a `models:` address: `grpc://host:port`, `grpcs://host:port` (TLS, with `options.tls`), `onnx:FOLDER`, `onnx:bundled`.
 * Nothing is connected or loaded before the first call.
 *
 * @param extraSchemes drivers of plugins, by scheme without the colon; they may not replace built-in ones
 * @throws {KioskError} `KC_CONFIG` if the address is not understood
 */
export async function openModels(
  url: string,
  options: OpenModelsOptions,
  extraSchemes: ReadonlyMap<string, ModelsFactory> = new Map(),
): Promise<PredictClient> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const factory = BUILT_IN.get(scheme) ?? extraSchemes.get(scheme);
  if (factory) return await factory(url, options);
  throw badAddress(url, scheme === '' ? 'it has no scheme' : `the scheme "${scheme}:" is not known`, [
    ...BUILT_IN.keys(),
    ...extraSchemes.keys(),
  ]);
}

async function openGrpc(url: string, options: OpenModelsOptions): Promise<PredictClient> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed?.hostname) throw badAddress(url, 'it names no host');
  if (parsed.username || parsed.password || parsed.search || parsed.hash || !/^\/?$/.test(parsed.pathname)) {
    throw badAddress(url, 'only host and port may follow the scheme');
  }
  const [{ openChannel }, { TensorFlowServingClient }, { memoryCache, sharedCache }] = await Promise.all([
    import('./tensorflow-serving/channel.js'),
    import('./tensorflow-serving/client.js'),
    import('./tensorflow-serving/metadata-cache.js'),
  ]);
  const target = `${parsed.hostname}:${parsed.port || DEFAULT_PORT}`;
  const channel = await openChannel(target, parsed.protocol === 'grpcs:', options.tls);
  const cache = options.metadataCache
    ? sharedCache(options.metadataCache, options.metadataCache.ttlSeconds)
    : memoryCache();
  return new TensorFlowServingClient(`${parsed.protocol}//${target}`, channel, options, cache);
}

async function openOnnx(url: string, options: OpenModelsOptions): Promise<PredictClient> {
  const { OnnxClient } = await import('./onnx/client.js');
  return new OnnxClient(folderOf(url), options);
}

/** `onnx:bundled` is the folder in this package; `onnx:///folder` a URL, percent-encoded; `onnx:folder` a path as it stands. */
function folderOf(url: string): string {
  const rest = url.slice(url.indexOf(':') + 1);
  if (rest === '') throw badAddress(url, 'it names no folder');
  if (rest === 'bundled') return bundledModelsFolder();
  if (!rest.startsWith('//')) return rest;
  try {
    return fileURLToPath(`file:${rest}`);
  } catch {
    throw badAddress(url, 'write onnx:///absolute/folder or onnx:folder');
  }
}

function badAddress(url: string, what: string, schemes: readonly string[] = [...BUILT_IN.keys()]): KioskError {
  return new KioskError(
    'KC_CONFIG',
    `The address of the models, "${withoutSecrets(url)}", is not understood: ${what}.`,
    {
      details: [`schemes: ${schemes.join(', ')}`],
      hint: 'set models (MODEL_SERVER) to grpc://host:8500, grpcs://host:8500 or onnx:FOLDER',
    },
  );
}

function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//***@');
}
