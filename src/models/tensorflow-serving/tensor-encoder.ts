import type { Tensor } from '../contract.js';
import { bytesOf } from '../tensor.js';
import { wireTypeFor } from './tensor-types.js';
import { WireWriter } from './wire-format.js';

/**
 * A `TensorProto` with its values in `tensor_content`: little-endian, C order, which is how typed arrays lie in memory
 * on every platform that Node supports but s390x. The values are not copied before the whole message is made.
 */
export function encodeTensor(tensor: Tensor): WireWriter {
  const shape = new WireWriter();
  for (const length of tensor.shape) shape.message(2, new WireWriter().varint(1, length));
  return new WireWriter().varint(1, wireTypeFor(tensor.dtype).number).message(2, shape).bytes(4, bytesOf(tensor));
}
