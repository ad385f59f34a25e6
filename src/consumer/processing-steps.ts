import { KioskError } from '../errors/kiosk-error.js';
import { messageOf } from '../errors/message-of.js';
import { ndArray, type FloatArray, type NdArray } from '../processing/array/nd-array.js';
import { checkParameters, findFunction, type Generation } from '../processing/functions.js';
import type { PluginFunctions } from './context.js';

/** A processing function chosen for a job, in a form that crosses to a thread: a built-in by name, or a plugin's module. */
export type ProcessingStep =
  | { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> }
  | { readonly module: string; readonly parameters: Readonly<Record<string, unknown>> };

/** What chooses the functions of one kind for a job. */
export interface StepChoice {
  readonly kind: 'preprocess' | 'postprocess';
  /** Names in order; `none` stands for no function. */
  readonly names: readonly string[];
  /** Parameters as given; each goes to every function of the list that has it. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Names of parameters that no function of the list has to have: what the type itself adds. */
  readonly optional?: readonly string[];
  /** Which behaviour a bare name of a versioned function means. */
  readonly generation: Generation;
}

/**
 * Turns names and parameters into steps, before any work is done.
 * @throws {KioskError} `KC_FUNCTION_UNKNOWN` with the names there are; `KC_JOB_INVALID` for a parameter that no function
 *   of the list has, or a value that it does not take
 */
export function resolveSteps(choice: StepChoice, plugins: PluginFunctions): ProcessingStep[] {
  const optional = new Set(choice.optional);
  const untaken = new Set(Object.keys(choice.parameters).filter((key) => !optional.has(key)));
  const steps = choice.names.map((name): ProcessingStep => {
    const own = plugins[choice.kind][name];
    if (own) {
      untaken.clear();
      return { module: own.module.href, parameters: choice.parameters };
    }
    const entry = findFunction(choice.kind, name, { generation: choice.generation });
    const known = new Set(entry.parameters.map((parameter) => parameter.name));
    const given = Object.entries(choice.parameters).filter(
      ([key]) => known.has(plain(key)) || (choice.names.length === 1 && !optional.has(key)),
    );
    for (const [key] of given) untaken.delete(key);
    return { name: entry.id, parameters: checkParameters(entry, Object.fromEntries(given)) };
  });
  if (untaken.size > 0) throw untakenParameters([...untaken], choice);
  return steps;
}

/** Whether post-processing begins with detections rather than maps of pixels. */
export function beginsWithDetections([first]: readonly ProcessingStep[]): boolean {
  return first !== undefined && 'name' in first && findFunction('postprocess', first.name).takesDetections;
}

/** Runs pre-processing steps one after the other; in a thread. Shape (batch, rows, columns, channels) in and out. */
export async function preprocess(image: FloatArray, steps: readonly ProcessingStep[]): Promise<FloatArray> {
  let current = image;
  for (const step of steps) current = asArray((await callStep('preprocess', step, current)) as FloatArray, step);
  return current;
}

/**
 * Runs post-processing steps; in a thread. The first takes the heads of the model, each further one the results of the one
 * before. Without steps the heads come back as they are.
 * @param size rows and columns that the model was shown; a function that draws takes it for the size of its result
 */
export async function postprocess(
  heads: readonly FloatArray[],
  steps: readonly ProcessingStep[],
  size?: readonly [rows: number, columns: number],
): Promise<NdArray[]> {
  let current: readonly NdArray[] = heads;
  for (const step of steps) {
    const results = await callStep('postprocess', size ? withImageShape(step, size) : step, current);
    current = (Array.isArray(results) ? results : [results]).map((result) => asArray(result as NdArray, step));
  }
  return [...current];
}

function withImageShape(step: ProcessingStep, size: readonly [number, number]): ProcessingStep {
  if (!('image_shape' in step.parameters)) return step;
  return { ...step, parameters: { ...step.parameters, image_shape: size } };
}

async function callStep(kind: 'preprocess' | 'postprocess', step: ProcessingStep, input: unknown): Promise<unknown> {
  if ('name' in step) return findFunction(kind, step.name).run(input as never, step.parameters as never);
  try {
    const { default: run } = (await import(step.module)) as {
      default: (input: unknown, parameters: unknown) => unknown;
    };
    return await run(input, step.parameters);
  } catch (error) {
    if (error instanceof KioskError) throw error;
    throw new KioskError('KC_FUNCTION_FAILED', `${step.module} refused: ${messageOf(error)}`, {}, { cause: error });
  }
}

/** What a plugin's function gives is checked as it comes in. */
function asArray<T extends NdArray>(result: T, step: ProcessingStep): T {
  if (Array.isArray(result?.shape) && ArrayBuffer.isView(result.data)) return ndArray(result.data, result.shape) as T;
  const label = 'name' in step ? step.name : step.module;
  throw new KioskError('KC_FUNCTION_FAILED', `${label} gave back no array; { shape, data } is accepted.`);
}

function untakenParameters(names: readonly string[], choice: StepChoice): KioskError {
  const functions = choice.names.join(', ') || 'none';
  return new KioskError(
    'KC_JOB_INVALID',
    `No ${choice.kind} function of this job (${functions}) has the parameter ${names.join(', ')}.`,
  );
}

function plain(name: string): string {
  return name.trim().toLowerCase().replaceAll('-', '_');
}
