/** What a code means to the outside: how a command ends and what class a job's `reason` names. */
export interface ErrorKind {
  /** Exit code of a command that ends with this error: 1 job, 2 usage or configuration, 3 service, 70 our own fault. */
  readonly exit: 1 | 2 | 3 | 70;
  /** The class name in the last line of a job's `reason`, as the Kiosk's frontend shows it. */
  readonly reasonClass: string;
  /** When it is raised, in one sentence; `docs/errors.md` is generated from these. */
  readonly when: string;
}

/** The catalogue of error codes. A code once published keeps its meaning. */
export const ERROR_CODES = {
  KC_USAGE: { exit: 2, reasonClass: 'UsageError', when: 'A command line names an unknown command, option or value.' },
  KC_CONFIG: {
    exit: 2,
    reasonClass: 'ConfigurationError',
    when: 'A setting is not understood; all faults are told together.',
  },
  KC_CONFIG_FILE: {
    exit: 2,
    reasonClass: 'ConfigurationError',
    when: 'The configuration file or .env cannot be found, read or run.',
  },
  KC_PLUGIN: {
    exit: 2,
    reasonClass: 'PluginError',
    when: 'A plugin cannot be found or loaded, or does not fit the contract.',
  },
  KC_TYPE_UNKNOWN: { exit: 2, reasonClass: 'PluginError', when: 'No loaded plugin offers this job type.' },

  KC_JOB_INVALID: {
    exit: 1,
    reasonClass: 'InvalidJobError',
    when: 'A field of the job hash is missing or not understood.',
  },
  KC_JOB_FILETYPE: {
    exit: 1,
    reasonClass: 'InvalidFileTypeError',
    when: 'The file of the job is not one this consumer takes.',
  },
  KC_JOB_NOT_FOUND: { exit: 1, reasonClass: 'JobNotFoundError', when: 'There is no job hash of this name.' },
  KC_JOB_CANCELLED: { exit: 1, reasonClass: 'JobCancelledError', when: 'The job was cancelled.' },
  KC_CHILD_FAILED: { exit: 1, reasonClass: 'ChildJobError', when: 'Jobs that the job had made, and needs, failed.' },
  KC_JOB_TIMEOUT: { exit: 1, reasonClass: 'JobTimeoutError', when: 'The job made no progress before its deadline.' },
  KC_JOB_LOST: {
    exit: 1,
    reasonClass: 'LeaseLostError',
    when: 'Another worker holds the job now; nothing was written.',
  },
  KC_JOB_CRASHED: {
    exit: 1,
    reasonClass: 'WorkerCrashError',
    when: 'The worker died each time that it tried this job.',
  },
  KC_PLUGIN_CRASHED: {
    exit: 1,
    reasonClass: 'PluginCrashError',
    when: 'Code of a plugin left an error that nobody caught, or wanted to end the process.',
  },
  KC_PLUGIN_MEMORY: {
    exit: 1,
    reasonClass: 'PluginMemoryError',
    when: 'An isolated consumer took more memory than memoryLimitMB.',
  },
  KC_JOB_FAILED: {
    exit: 1,
    reasonClass: 'JobFailedError',
    when: 'A command that waited for jobs saw at least one fail.',
  },

  KC_IMAGE_UNREADABLE: { exit: 1, reasonClass: 'ImageReadError', when: 'A file is not an image, or is damaged.' },
  KC_IMAGE_UNSUPPORTED: {
    exit: 1,
    reasonClass: 'ImageReadError',
    when: 'An image uses a kind of encoding that is not read.',
  },
  KC_IMAGE_TOO_LARGE: {
    exit: 1,
    reasonClass: 'ImageTooLargeError',
    when: 'An image exceeds a limit on its sides, pixels or bytes.',
  },
  KC_IMAGE_SHAPE: {
    exit: 1,
    reasonClass: 'ImageShapeError',
    when: 'The axes or channels of an image do not fit the job or the model.',
  },
  KC_IMAGE_VALUES: { exit: 1, reasonClass: 'ImageValueError', when: 'An image holds NaN or infinite values.' },
  KC_FUNCTION_UNKNOWN: { exit: 1, reasonClass: 'UnknownFunctionError', when: 'No processing function has this name.' },
  KC_FUNCTION_FAILED: {
    exit: 1,
    reasonClass: 'ProcessingError',
    when: 'A processing function refused its input or parameters.',
  },

  KC_STORAGE_KEY: {
    exit: 1,
    reasonClass: 'StorageKeyError',
    when: 'A key leaves its folder, names another bucket, or is not a key.',
  },
  KC_STORAGE_NOT_FOUND: { exit: 1, reasonClass: 'ObjectNotFoundError', when: 'The bucket has no object of this key.' },
  KC_STORAGE_DENIED: { exit: 3, reasonClass: 'StorageDeniedError', when: 'The bucket refuses these credentials.' },
  KC_STORAGE_UNREACHABLE: { exit: 3, reasonClass: 'StorageUnreachableError', when: 'The bucket does not answer.' },
  KC_STORAGE_FULL: { exit: 3, reasonClass: 'DiskFullError', when: 'There is no space left where files are written.' },

  KC_BROKER_UNREACHABLE: { exit: 3, reasonClass: 'BrokerUnreachableError', when: 'The broker does not answer.' },
  KC_BROKER_REFUSED: {
    exit: 3,
    reasonClass: 'BrokerRefusedError',
    when: 'The broker answers with an error (rights, memory, wrong type).',
  },

  KC_MODEL_UNKNOWN: {
    exit: 1,
    reasonClass: 'UnknownModelError',
    when: 'The model server has no such model or version.',
  },
  KC_MODEL_INPUT: { exit: 1, reasonClass: 'ModelInputError', when: 'The image does not fit the inputs of the model.' },
  KC_MODEL_OUTPUT: {
    exit: 1,
    reasonClass: 'ModelOutputError',
    when: 'The model answered a wrong shape, dtype, or NaN.',
  },
  KC_MODEL_FAILED: { exit: 1, reasonClass: 'PredictionError', when: 'The model server refused the call.' },
  KC_MODEL_UNREACHABLE: { exit: 3, reasonClass: 'ModelUnreachableError', when: 'The model server does not answer.' },
  KC_MODEL_METADATA: {
    exit: 1,
    reasonClass: 'ModelMetadataError',
    when: 'The metadata.json beside a model does not fit its schema.',
  },

  KC_ABORTED: { exit: 70, reasonClass: 'AbortedError', when: 'Work was stopped by a signal before it ended.' },
  KC_INTERNAL: {
    exit: 70,
    reasonClass: 'InternalError',
    when: 'The program broke one of its own rules; please report it.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_CODES;
