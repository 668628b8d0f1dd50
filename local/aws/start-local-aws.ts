import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { defaultNodeBinDirectory, emulatorEnvironment } from './emulator-environment.ts';
import { startEmulator } from './emulator-process.ts';
import { createLevers, type Levers } from './levers.ts';
import { preparePython } from './python-environment.ts';

export interface LocalAwsOptions {
  /** Folder of this run: log, temporary files, the functions' HOME; made when missing. */
  readonly directory: string;
  /** TCP port on the loopback address. @default a free one */
  readonly port?: number;
  /** Evaluate IAM policies and check signatures. @default false */
  readonly auth?: boolean;
  /** The hub's account: 12 digits. @default '111122223333' */
  readonly accountId?: string;
  /** @default 'eu-west-1' */
  readonly region?: string;
  /** @default the first suitable `python3` on PATH */
  readonly python?: string;
  /** Folder with the `node` that runs the functions. @default that of this process, which then must be Node 24 */
  readonly nodeBinDirectory?: string;
  /** Folder for the Python environment. @default `secretcast` in the user's cache folder */
  readonly cacheDirectory?: string;
  /** Whether CreateSecret with a value also sends `Secret Label Updated`; AWS does not say. @default false */
  readonly labelEventOnCreate?: boolean;
  readonly log: (line: string) => void;
}

export interface RootCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An AWS on this machine. */
export interface LocalAws extends Levers {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL` or a client's `endpoint`. */
  readonly endpoint: string;
  readonly accountId: string;
  readonly region: string;
  readonly auth: boolean;
  /** The root of the hub's account, whom no policy stops. */
  readonly credentials: RootCredentials;
  /** The root of any other account; accounts need no making. */
  readonly rootOf: (accountId: string) => RootCredentials;
  readonly directory: string;
  readonly nodeBinDirectory: string;
  /** What the emulator itself printed. Functions' logs are in CloudWatch Logs: `readLogs`. */
  readonly logFile: string;
  /** Forgets everything in every account, ends all workers, and takes back faults and event rules. */
  readonly reset: () => Promise<void>;
  /** Ends the emulator and every worker, and resolves when all are gone. */
  readonly stop: () => Promise<void>;
}

/** An access key of 12 digits is the root of that account. */
const rootOf = (accountId: string): RootCredentials => ({ accessKeyId: accountId, secretAccessKey: 'local' });

/**
 * Starts the local AWS: ministack with the additions of emulator/. It ends with this process, even when that is killed.
 * @throws Error - no suitable Python, or it does not start
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { directory, auth = false, accountId = '111122223333', region = 'eu-west-1' } = options;
  const nodeBinDirectory = options.nodeBinDirectory ?? defaultNodeBinDirectory(process.execPath, process.version);
  const python = await preparePython(options);
  const port = options.port ?? (await freePort());
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = join(directory, 'ministack.log');
  await rm(join(directory, 'tmp'), { recursive: true, force: true }); // unpacked functions of a run that was killed
  for (const folder of ['home', 'tmp']) await mkdir(join(directory, folder), { recursive: true });
  // The emulator's own worker script is CommonJS, whatever a package.json further up says.
  await writeFile(join(directory, 'package.json'), '{ "type": "commonjs" }');
  const settings = { directory, port, accountId, region, auth, nodeBinDirectory };
  const environment = emulatorEnvironment({ ...settings, labelEventOnCreate: options.labelEventOnCreate ?? false });
  const { stop } = await startEmulator({ python, environment, endpoint, logFile });
  options.log(`local AWS at ${endpoint}, account ${accountId}, ${region}`);
  const levers = createLevers(endpoint);
  const reset = () => resetAll(endpoint, levers);
  const credentials = rootOf(accountId);
  const about = { endpoint, accountId, region, auth, credentials, rootOf, directory, nodeBinDirectory, logFile };
  return { ...about, ...levers, reset, stop };
}

async function resetAll(endpoint: string, levers: Levers): Promise<void> {
  await levers.faults([]);
  const response = await fetch(`${endpoint}/_ministack/reset`, { method: 'POST' });
  if (!response.ok) throw new Error(`resetting the local AWS failed: ${response.status}`);
  await levers.events({});
  await levers.clearCalls();
}
