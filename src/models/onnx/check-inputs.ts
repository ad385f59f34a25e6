import { KioskError } from '../../errors/kiosk-error.js';
import type { Tensor, TensorInfo } from '../contract.js';

/**
 * Checks names, dtypes and shapes of inputs against what the model takes (-1 is free).
 * @throws {KioskError} `KC_MODEL_INPUT` with all faults
 */
export function checkInputs(
  model: string,
  expected: readonly TensorInfo[],
  inputs: Readonly<Record<string, Tensor>>,
): void {
  const faults = Object.keys(inputs)
    .filter((name) => !expected.some((info) => info.name === name))
    .map((name) => `it has no input "${name}"`);
  for (const info of expected) {
    const tensor = inputs[info.name];
    if (!tensor) faults.push(`its input "${info.name}" is missing`);
    else if (tensor.dtype !== info.dtype) faults.push(`its input "${info.name}" is ${info.dtype}, got ${tensor.dtype}`);
    else if (!fits(tensor.shape, info.shape))
      faults.push(`its input "${info.name}" has shape (${shown(info.shape)}), got (${tensor.shape.join(', ')})`);
  }
  if (faults.length === 0) return;
  throw new KioskError('KC_MODEL_INPUT', `The model ${model} cannot take this input: ${faults.join('; ')}.`, {
    details: expected.map((info) => `input "${info.name}": ${info.dtype} (${shown(info.shape)})`),
    hint: 'check the channels and the size of the image, or choose another model',
  });
}

function fits(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && expected.every((length, axis) => length === -1 || length === shape[axis]);
}

function shown(shape: readonly number[]): string {
  return shape.map((length) => (length === -1 ? 'any' : String(length))).join(', ');
}
