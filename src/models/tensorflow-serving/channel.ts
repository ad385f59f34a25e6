import { readFile } from 'node:fs/promises';
import type { ChannelCredentials, ChannelOptions, Client, ServiceError } from '@grpc/grpc-js';
import { KioskError } from '../../errors/kiosk-error.js';
import { aborted } from '../abort.js';
import type { ModelsOptions } from '../contract.js';
import { STATUS } from './call-failure.js';

/** One HTTP/2 connection to a model server, made at the first call and again whenever it was lost or seems dead. */
export interface GrpcChannel {
  /** `host:port`. */
  readonly target: string;
  /** Whether the connection stands now. */
  connected(): boolean;
  /**
   * One call. @returns the bytes of the answer
   * @throws {ServiceError} gRPC's own error; `KioskError` `KC_ABORTED`, or the signal's reason, if it was aborted
   */
  call(
    path: string,
    request: Buffer,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<Buffer>;
  close(): void;
}

const UNLIMITED = -1;

/** Protobuf's own bound. Whoever announces more, or packs more into a compressed answer, is not read on. */
const MAX_ANSWER_BYTES = 2 ** 31 - 1;

/**
 * A server that scales from nothing (a GPU node starting) is tried again every second, not after gRPC's default of up to
 * two minutes, and its name is looked up again because it moves.
 */
const RECONNECT_MS = {
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.dns_min_time_between_resolutions_ms': 5000,
};

/**
 * A peer that vanished without closing is noticed within a minute while a call waits. Servers forbid to ask more often,
 * or between calls, and many short calls may so pass without a question: see {@link OVERDUE_CALLS}.
 */
const KEEPALIVE_MS = { 'grpc.keepalive_time_ms': 45_000, 'grpc.keepalive_timeout_ms': 15_000 };

/**
 * How much a server may send before we confirm. With HTTP/2's own 64 KiB it waits for us some hundred times in an answer of
 * 20 MB; more than this gains nothing, and must not exceed what the sockets in between hold: Node does not read while it
 * writes, so that with a peer of the same habit each would wait for the other.
 */
const FLOW_CONTROL_WINDOW_BYTES = 1024 * 1024;

/** A connection on which so many calls in a row ran out of time is replaced by a new one: its peer may have vanished. */
const OVERDUE_CALLS = 5;

const CONNECTED = 2; // grpc-js: connectivityState.READY, a const enum

/** @throws {KioskError} `KC_CONFIG` if a certificate file cannot be read or does not fit */
export async function openChannel(target: string, secure: boolean, tls: ModelsOptions['tls']): Promise<GrpcChannel> {
  const grpc = await import('@grpc/grpc-js');
  const options: ChannelOptions = {
    ...RECONNECT_MS,
    ...KEEPALIVE_MS,
    'grpc.max_send_message_length': UNLIMITED,
    'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    'grpc.enable_retries': 0, // retries are counted by us
    'grpc.use_local_subchannel_pool': 1, // else a new client would take the connection of the old one
    ...(secure &&
      tls?.serverName && { 'grpc.ssl_target_name_override': tls.serverName, 'grpc.default_authority': tls.serverName }),
  };
  const credentials = secure ? await tlsCredentials(grpc.credentials, tls) : grpc.credentials.createInsecure();
  const connect = (): Client => new grpc.Client(`dns:${target}`, credentials, options);
  let client = connect();
  let overdue = 0;
  return {
    target,
    connected: () => (client.getChannel().getConnectivityState(false) as number) === CONNECTED,
    call: async (path, request, callOptions) => {
      if (overdue >= OVERDUE_CALLS) {
        overdue = 0;
        client.close(); // calls under way on it go on
        client = connect();
      }
      try {
        const answer = await call(client, path, request, callOptions);
        overdue = 0;
        return answer;
      } catch (error) {
        const { code } = error as { code?: number };
        overdue = code === STATUS.deadlineExceeded ? overdue + 1 : 0;
        throw error;
      }
    },
    close: () => client.close(),
  };
}

async function tlsCredentials(
  factory: { createSsl(root?: Buffer | null, key?: Buffer | null, certificate?: Buffer | null): ChannelCredentials },
  tls: ModelsOptions['tls'] = {},
): Promise<ChannelCredentials> {
  const [root, key, certificate] = await Promise.all([
    readPem('root certificates', tls.rootCertificatesFile),
    readPem('client key', tls.clientKeyFile),
    readPem('client certificate', tls.clientCertificateFile),
  ]);
  try {
    return factory.createSsl(root, key, certificate);
  } catch (cause) {
    const hint = 'give the client certificate and the client key together, both PEM';
    throw new KioskError('KC_CONFIG', 'The TLS settings of the model server do not fit together.', { hint }, { cause });
  }
}

async function readPem(what: string, file: string | undefined): Promise<Buffer | null> {
  if (file === undefined) return null;
  try {
    return await readFile(file);
  } catch (cause) {
    const hint = 'correct the path in the TLS settings of the model server, or its permissions';
    throw new KioskError('KC_CONFIG', `The file of the ${what} cannot be read: ${file}.`, { hint }, { cause });
  }
}

function call(
  client: Client,
  path: string,
  request: Buffer,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const cancel = (): void => {
      running.cancel();
      reject(aborted(signal));
    };
    const running = client.makeUnaryRequest(
      path,
      unchanged,
      unchanged,
      request,
      { deadline: Date.now() + timeoutMs },
      (error: ServiceError | null, answer?: Buffer) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(answer ?? Buffer.alloc(0));
      },
    );
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

/** Messages are made and read outside gRPC, so that errors in them stay what they are. */
function unchanged(message: Buffer): Buffer {
  return message;
}
