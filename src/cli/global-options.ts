import type { Command } from 'commander';

/** Options of every command that are settings, by the name under which the parser keeps them. */
const SETTING_FLAGS = {
  broker: '--broker',
  storage: '--storage',
  models: '--models',
  logLevel: '--log-level',
  type: '--type',
  queue: '--queue',
  concurrency: '--concurrency',
  healthPort: '--health-port',
} as const;

export function addGlobalOptions(program: Command): void {
  program
    .option('--config <FILE>', 'use this config file instead of looking for one')
    .option('--broker <URL>', 'queues and jobs: redis:, rediss:, redis+sentinel:, sqlite:')
    .option('--storage <URL>', 'images and results: gs:, s3:, file:')
    .option('--models <URL>', 'who runs the models: grpc:, grpcs:, onnx:')
    .option('--json', 'results as JSON, one object or one per line')
    .option('--log-level <LEVEL>', 'debug, info, warn or error')
    .option('--verbose', 'with errors, show where they come from')
    .option('--no-color', 'no colours, also on a terminal');
}

/** The settings among the options that were given, by flag. */
export function settingFlags(given: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  const flags: Record<string, string | undefined> = {};
  for (const [name, flag] of Object.entries(SETTING_FLAGS)) {
    const value = given[name];
    if (typeof value === 'string') flags[flag] = value;
  }
  return flags;
}
