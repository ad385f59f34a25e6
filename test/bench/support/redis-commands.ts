import type { Redis } from 'ioredis';

/** One command that a client sent, as the server tells it. */
export interface SeenCommand {
  /** Seconds since 1970 by the server's clock. */
  readonly at: number;
  readonly args: readonly string[];
}

/** Watches what clients send to a Redis server; commands inside scripts are part of the script's own. */
export interface CommandWatch {
  readonly commands: readonly SeenCommand[];
  end(): void;
}

interface MonitorClient {
  on(event: 'monitor', listener: (time: string, args: string[], source: string, database: string) => void): void;
  disconnect(): void;
}

export async function watchCommands(client: Redis): Promise<CommandWatch> {
  const monitor = (await client.monitor()) as unknown as MonitorClient;
  const commands: SeenCommand[] = [];
  monitor.on('monitor', (time, args, source) => {
    if (source !== 'lua') commands.push({ at: Number(time), args });
  });
  return { commands, end: () => monitor.disconnect() };
}
