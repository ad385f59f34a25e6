import type { Logger } from '../consumer/context.js';

/** A logger whose every line also carries `facts`, asked for anew each time. */
export function withFacts(logger: Logger, facts: () => Record<string, unknown>): Logger {
  return {
    debug: (message, own) => logger.debug(message, { ...facts(), ...own }),
    info: (message, own) => logger.info(message, { ...facts(), ...own }),
    warn: (message, own) => logger.warn(message, { ...facts(), ...own }),
    error: (message, own) => logger.error(message, { ...facts(), ...own }),
  };
}
