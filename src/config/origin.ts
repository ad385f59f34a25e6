/** Where the value of a setting came from, the strongest first. */
export type Layer = 'flag' | 'environment' | '.env' | 'file' | 'default';

export interface Origin {
  readonly layer: Layer;
  /** The flag, the variable or variables, or the file's name; empty for a default. */
  readonly name: string;
}

export const DEFAULT_ORIGIN: Origin = { layer: 'default', name: '' };

/** How an origin is told: `--broker`, `REDIS_HOST`, `REDIS_HOST (.env)`, `kiosk-consumer.config.ts`, `default`. */
export function tellOrigin({ layer, name }: Origin): string {
  if (layer === 'default') return 'default';
  return layer === '.env' ? `${name} (.env)` : name;
}
