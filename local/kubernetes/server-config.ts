import { readFileSync } from 'node:fs';
import type { ClusterUser } from '../cluster.ts';

/** What the parent process hands to the server, as JSON in a file only the owner may read: it holds tokens. */
export interface ServerConfig {
  readonly name: string;
  readonly directory: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly users: readonly ClusterUser[];
  readonly watchWindowEvents: number;
  readonly bookmarkIntervalSeconds: number;
}

export const readServerConfig = (file: string): ServerConfig => {
  const config: ServerConfig = JSON.parse(readFileSync(file, 'utf8'));
  return config;
};
