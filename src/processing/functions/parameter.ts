/** What a parameter of a processing function may be; named as in a job's hash. */
export interface Parameter {
  /** snake_case, as in `postprocess_options`. */
  readonly name: string;
  /**
   * `shape` is two whole numbers, rows and columns; `object` holds parameters of its own, of which only those that are
   * given reach the function.
   */
  readonly type: 'number' | 'integer' | 'boolean' | 'string' | 'shape' | 'object';
  /** `null`: none, or chosen by the function. */
  readonly default: ParameterValue;
  /** `px`, `%` …; absent for plain numbers. */
  readonly unit?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** What a string may be. */
  readonly values?: readonly string[];
  /** True if `null` is accepted. */
  readonly nullable?: boolean;
  /** Of an object. */
  readonly parameters?: readonly Parameter[];
  readonly summary: string;
}

export type ParameterValue = number | boolean | string | readonly number[] | null | ParameterValues;

/** Checked parameters by their names. */
export interface ParameterValues {
  readonly [name: string]: ParameterValue;
}
