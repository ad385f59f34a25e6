/** Options that every command has. */
export interface GlobalOptions {
  /** Path of the config file. */
  readonly config?: string;
  readonly json?: boolean;
  readonly broker?: string;
  readonly storage?: string;
  readonly models?: string;
  readonly logLevel?: string;
  /** False with `--no-color`. */
  readonly color?: boolean;
  /** Shows where errors come from. */
  readonly verbose?: boolean;
}

/** `--type`, `--queue` and `--concurrency` are settings: read them from `context.settings()`. */
export interface ConsumeOptions {
  readonly type?: string;
  readonly queue?: string;
  readonly concurrency?: string;
  readonly drain?: boolean;
  readonly once?: boolean;
  readonly supervise?: boolean;
}

export interface EnqueueOptions {
  readonly type?: string;
  readonly queue?: string;
  /** Fields of the job hash, from `--set field=value`. */
  readonly set: Readonly<Record<string, string>>;
  readonly wait?: boolean;
  /** Folder for the results; only with `wait`. */
  readonly out?: string;
  /** Comma list of what is written there; only with `out`. */
  readonly outputs?: string;
}

export interface RunOptions {
  readonly type?: string;
  readonly out: string;
  /** Comma list of what is written there. */
  readonly outputs?: string;
  readonly set: Readonly<Record<string, string>>;
}

export interface InspectOptions {
  readonly watch?: boolean;
}

export interface RetryOptions {
  readonly queue?: string;
  /** Every job that was set aside. */
  readonly all?: boolean;
}

export interface CreateOptions {
  /** Folder of the new package; default the package's name. */
  readonly dir?: string;
  readonly type?: string;
}

export interface DeployOptions {
  /** Container image with the program and the plugin in it. */
  readonly image: string;
  /** Comma list of the queues that the cluster has already. */
  readonly queues?: string;
}
