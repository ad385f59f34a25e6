import type { PackedError } from '../../compute/error-transport.js';
import type { Tensor, TensorInfo } from '../contract.js';
import type { RuntimeInfo, RuntimeName } from './runtime.js';

/** What the thread is started with. */
export interface ThreadSettings {
  readonly runtime: RuntimeName | undefined;
  readonly threads: number;
  /** Memory of the `RunInHand` that the thread ends after each task. */
  readonly inHand: SharedArrayBuffer;
}

/** A model file as the thread keeps its session: another time of change means another session. */
export interface SessionKey {
  readonly file: string;
  readonly modifiedMs: number;
}

export type ThreadTask =
  | { readonly kind: 'runtime' }
  | { readonly kind: 'describe'; readonly session: SessionKey }
  | { readonly kind: 'run'; readonly session: SessionKey; readonly inputs: Readonly<Record<string, Tensor>> };

/** What the thread answers to each kind of task. */
export interface ThreadAnswers {
  readonly runtime: RuntimeInfo;
  readonly describe: { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] };
  readonly run: Record<string, Tensor>;
}

export type ThreadReply = {
  /** Whether the thread may be stopped while it runs a model; see `OnnxThread`. */
  readonly interruptible: boolean;
} & (
  | { readonly ok: true; readonly value: ThreadAnswers[keyof ThreadAnswers] }
  | { readonly ok: false; readonly error: PackedError }
);
