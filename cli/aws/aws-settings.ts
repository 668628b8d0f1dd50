import type { Settings } from '../settings.ts';

/** What every client of the command line has in common. A person waits: what fails, fails soon. */
export const awsSettings = ({
  region,
  endpoint,
  credentials,
}: Pick<Settings, 'region' | 'endpoint' | 'credentials'>) => ({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  ...(region === undefined ? {} : { region }),
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(credentials === undefined ? {} : { credentials }),
});
