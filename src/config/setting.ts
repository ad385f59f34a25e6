export type SettingValue = string | number | boolean;

/**
 * How a value is read. Text from the environment and the command line is parsed strictly; a value of the config file
 * must already be of the type.
 *
 * - `text`     anything but nothing
 * - `name`     no blanks, no `:`, no `/`: queues, workers, buckets, hosts
 * - `model`    `name:version`, the version being a whole number that may be left out
 * - `url`      begins with a scheme
 * - `boolean`  y yes t true on 1, n no f false off 0, and empty for false
 */
export type SettingType = 'text' | 'name' | 'model' | 'url' | 'integer' | 'number' | 'boolean' | 'choice';

/** One setting: everything that loading, checking, printing and documenting it needs. */
export interface Setting {
  /** Path in the config file, `models.timeoutSeconds`. For one that the file cannot set: the name it is printed by. */
  readonly key: string;
  /** False: only the environment (or the command line) can set it. */
  readonly inFile?: false;
  readonly flag?: string;
  /** Variables, the one that wins first. Where the original had a name, that name is kept. */
  readonly env: readonly string[];
  readonly type: SettingType;
  readonly unit?: 's' | 'px' | 'bytes' | 'threads';
  readonly default?: SettingValue;
  /** How the default reads in the documentation where it is worked out at run time. */
  readonly defaultText?: string;
  /** Defaults that differ for a consumer type. */
  readonly defaultFor?: Readonly<Record<string, SettingValue>>;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Other spellings of a choice. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Shown in messages after "must be": a valid example. */
  readonly example?: string;
  /** One line for the table. */
  readonly summary: string;
  /** Never printed. */
  readonly secret?: true;
  /** This text means the same as not being set. */
  readonly unsetText?: string;
}
