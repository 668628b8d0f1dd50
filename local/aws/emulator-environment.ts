import { delimiter, dirname, join } from 'node:path';

export interface EmulatorSettings {
  readonly directory: string;
  readonly port: number;
  readonly accountId: string;
  readonly region: string;
  /** Whether IAM policies are evaluated and signatures checked. */
  readonly auth: boolean;
  /** Folder with the `node` that runs the functions. */
  readonly nodeBinDirectory: string;
  readonly labelEventOnCreate: boolean;
}

/** Lambda's account-wide cap: above what a burst of the whole service starts at once, below what a small machine cannot bear. */
const maxConcurrentInvocations = 200;

/**
 * The whole environment of the emulator: nothing of ours leaks in, so neither a user's AWS profile nor a proxy reaches the functions.
 * HOME and TMPDIR are in the run's own folder, and the functions inherit them.
 */
export function emulatorEnvironment(settings: EmulatorSettings): Record<string, string> {
  const { directory } = settings;
  return {
    PATH: [settings.nodeBinDirectory, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: join(directory, 'home'),
    TMPDIR: join(directory, 'tmp'),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(settings.port),
    MINISTACK_HOST: '127.0.0.1', // in queue URLs: `localhost` may mean ::1, where nobody listens
    MINISTACK_ACCOUNT_ID: settings.accountId,
    MINISTACK_REGION: settings.region,
    AUTH: String(settings.auth),
    STATE_DIR: join(directory, 'state'),
    S3_DATA_DIR: join(directory, 's3'),
    LAMBDA_ACCOUNT_CONCURRENCY: String(maxConcurrentInvocations),
    LOG_LEVEL: 'WARNING',
    IOT_MTLS_ENABLED: '0', // these two would open ports of their own
    SFTP_ENABLED: '0',
    DOCKER_HOST: `unix://${join(directory, 'no-docker.sock')}`, // it would otherwise sweep containers of other emulators
    ...(settings.labelEventOnCreate ? { SECRETCAST_LABEL_EVENT_ON_CREATE: '1' } : {}),
  };
}

/** The folder of the Node that runs this, which must be the Lambda runtime's major version. */
export function defaultNodeBinDirectory(execPath: string, version: string): string {
  if (Number.parseInt(version.slice(1), 10) < 24) {
    throw new Error(
      `functions run on Node 24, and this is Node ${version}: start it with npm run, or set nodeBinDirectory`,
    );
  }
  return dirname(execPath);
}
