import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';

type Message = MessageTypeDefinition<object, Record<string, unknown>>;

/** Encodes and decodes the messages of our `.proto` files with protobufjs, a peer for our own codec. */
export interface ProtoPeer {
  /** @param type full name, as in `tensorflow.TensorProto` */
  encode(type: string, value: object): Buffer;
  /** Numbers of 64 bits come as strings. */
  decode(type: string, bytes: Buffer): Record<string, unknown>;
}

export function protoPeer(): ProtoPeer {
  const definitions = loadSync('prediction_service.proto', {
    includeDirs: [fileURLToPath(new URL('../../protos', import.meta.url))],
    longs: String,
    enums: String,
  });
  const message = (type: string): Message => definitions[type] as Message;
  return {
    encode: (type, value) => message(type).serialize(value),
    decode: (type, bytes) => message(type).deserialize(bytes),
  };
}
