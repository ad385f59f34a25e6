import { fileURLToPath } from 'node:url';
import type { MessageTypeDefinition, MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import type { ModelId } from '../contract.js';
import { type NamedTensors, unusableMetadata } from './metadata-json.js';

/** Inputs and outputs of a model's `serving_default` signature, as the server tells them. */
export interface SignatureJson {
  readonly inputs?: NamedTensors;
  readonly outputs?: NamedTensors;
}

/** How `GetModelMetadata` is asked and read, by our `.proto` files. */
export interface MetadataMethod {
  readonly path: string;
  /** Without a model: a question that every TensorFlow Serving refuses at once, to see whether one is there. */
  encode(model: ModelId | undefined): Buffer;
  /** @throws {KioskError} `KC_MODEL_METADATA` if the answer is damaged or has no signature `serving_default` */
  decode(message: Buffer, model: ModelId): SignatureJson;
}

/** Sources and compiled files lie at different depths below the package's root, where `protos` is. */
const PROTOS = new URL(import.meta.url.endsWith('.ts') ? '../../../protos/' : '../../../../protos/', import.meta.url);

const METADATA_FIELD = 'signature_def';
const SIGNATURE_NAME = 'serving_default';

/** The loader is imported here, and not at the top, because it is slow to start and Predict does without it. */
export async function loadMetadataMethod(): Promise<MetadataMethod> {
  const { load } = await import('@grpc/proto-loader');
  const options = { includeDirs: [fileURLToPath(PROTOS)], longs: String, enums: String };
  const definitions = await load('prediction_service.proto', options);
  const service = definitions['tensorflow.serving.PredictionService'] as ServiceDefinition;
  const method = service['GetModelMetadata'] as MethodDefinition<object, MetadataAnswer>;
  const map = definitions['tensorflow.serving.SignatureDefMap'] as MessageTypeDefinition<object, SignatureDefMap>;
  return {
    path: method.path,
    encode: (model) =>
      method.requestSerialize({ ...(model && { modelSpec: specOf(model) }), metadataField: [METADATA_FIELD] }),
    decode: (message, model) => {
      const signatures = readSignatures(message, model, method, map);
      const signature = signatures[SIGNATURE_NAME];
      if (signature) return signature;
      const names = Object.keys(signatures).join(', ') || 'none';
      throw unusableMetadata(model, `there is no signature "${SIGNATURE_NAME}" (there are: ${names})`);
    },
  };
}

interface MetadataAnswer {
  readonly metadata?: Readonly<Record<string, { readonly value?: Uint8Array }>>;
}

interface SignatureDefMap {
  readonly signatureDef?: Readonly<Record<string, SignatureJson>>;
}

function specOf({ name, version }: ModelId): object {
  return version === undefined ? { name } : { name, version: { value: version } };
}

function readSignatures(
  message: Buffer,
  model: ModelId,
  method: MethodDefinition<object, MetadataAnswer>,
  map: MessageTypeDefinition<object, SignatureDefMap>,
): Readonly<Record<string, SignatureJson>> {
  try {
    const packed = method.responseDeserialize(message).metadata?.[METADATA_FIELD]?.value;
    return (packed && map.deserialize(Buffer.from(packed)).signatureDef) ?? {};
  } catch (cause) {
    throw unusableMetadata(model, 'the message is damaged', cause);
  }
}
