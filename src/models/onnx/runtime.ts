import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type * as Ort from 'onnxruntime-common';
import { KioskError } from '../../errors/kiosk-error.js';

/** Which onnxruntime: the native one, or its WebAssembly build that runs everywhere, about five times slower. */
export type RuntimeName = 'onnxruntime-node' | 'onnxruntime-web';

export interface RuntimeInfo {
  readonly name: RuntimeName;
  readonly version: string;
  /** Why the native runtime is not used; undefined if it is, or was not wanted. */
  readonly reason: string | undefined;
}

export interface Runtime {
  readonly info: RuntimeInfo;
  readonly ort: typeof Ort;
  open(file: string): Promise<Ort.InferenceSession>;
}

/** The three files of onnxruntime-web that Node needs, put there by the build; see `bundle-web-runtime.mjs`. */
const BUNDLED_WEB = new URL('./web/ort.node.min.mjs', import.meta.url);

/**
 * Loads the native runtime where it is installed, else the bundled WebAssembly one.
 * @throws {KioskError} `KC_MODEL_FAILED` if neither loads
 */
export async function loadRuntime(wanted: RuntimeName | undefined, threads: number): Promise<Runtime> {
  let reason: string | undefined;
  if (wanted !== 'onnxruntime-web') {
    try {
      return native(await importOrt('onnxruntime-node'), threads);
    } catch (cause) {
      if (wanted === 'onnxruntime-node') throw unavailable('onnxruntime-node is not installed or does not load', cause);
      reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    }
  }
  try {
    return web(await importOrt(existsSync(BUNDLED_WEB) ? BUNDLED_WEB.href : 'onnxruntime-web'), reason);
  } catch (cause) {
    throw unavailable('neither onnxruntime-node nor the WebAssembly runtime loads', cause);
  }
}

type OrtModule = typeof Ort & { readonly default?: typeof Ort };

async function importOrt(specifier: string): Promise<typeof Ort> {
  const loaded = (await import(specifier)) as OrtModule;
  return loaded.default?.InferenceSession ? loaded.default : loaded;
}

function native(ort: typeof Ort, threads: number): Runtime {
  return {
    info: { name: 'onnxruntime-node', version: ort.env.versions.node ?? ort.env.versions.common, reason: undefined },
    ort,
    open: (file) =>
      ort.InferenceSession.create(file, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: ERRORS_ONLY,
      }),
  };
}

/** One thread: its own threads bring nothing here and would outlive the one that we stop. */
function web(ort: typeof Ort, reason: string | undefined): Runtime {
  ort.env.wasm.numThreads = 1;
  return {
    info: { name: 'onnxruntime-web', version: ort.env.versions.web ?? ort.env.versions.common, reason },
    ort,
    open: async (file) =>
      ort.InferenceSession.create(await readFile(file), {
        executionProviders: ['wasm'],
        logSeverityLevel: ERRORS_ONLY,
      }),
  };
}

const ERRORS_ONLY = 3;

function unavailable(what: string, cause: unknown): KioskError {
  return new KioskError(
    'KC_MODEL_FAILED',
    `Embedded inference is not available: ${what}.`,
    {
      hint: 'install kiosk-consumer again, or use a model server (models: grpc://host:8500)',
    },
    { cause },
  );
}
