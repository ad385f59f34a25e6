import type { Parameter } from './parameter.js';

/** Builders and shared entries of the parameter tables. */
type Bounds = Pick<Parameter, 'minimum' | 'maximum' | 'unit' | 'nullable'>;

export function number(name: string, preset: number | null, summary: string, bounds: Bounds = {}): Parameter {
  return { name, type: 'number', default: preset, summary, ...bounds };
}

/** A whole number of pixels, ≥ 0. */
export function pixels(name: string, preset: number | null, summary: string, bounds: Bounds = {}): Parameter {
  return { name, type: 'integer', default: preset, unit: 'px', minimum: 0, summary, ...bounds };
}

/** The sigma of a Gaussian, in pixels. */
export function sigma(name: string, preset: number, summary: string): Parameter {
  return { name, type: 'number', default: preset, unit: 'px', minimum: 0, maximum: 100, summary };
}

export function flag(name: string, preset: boolean, summary: string): Parameter {
  return { name, type: 'boolean', default: preset, summary };
}

export const SMALL_OBJECTS = pixels('small_objects_threshold', 0, 'objects of fewer pixels are removed');
export const EXCLUDE_BORDER = flag('exclude_border', false, 'no seeds near the border');
export const MIN_DISTANCE = pixels('min_distance', 10, 'least distance between seeds');

export const COMPARTMENT: Parameter = {
  name: 'compartment',
  type: 'string',
  default: 'whole-cell',
  values: ['whole-cell', 'nuclear', 'both'],
  summary: 'which objects are labelled',
};
