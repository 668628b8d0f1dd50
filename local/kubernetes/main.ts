import { parseArgs } from 'node:util';
import { readServerConfig } from './server-config.ts';
import { startServer } from './start-server.ts';

const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) throw new Error('usage: node local/kubernetes/main.ts --config FILE');

const server = await startServer(readServerConfig(values.config));

const end = (): void => {
  server.stop();
  process.exit(0);
};
process.once('SIGTERM', end);
process.once('SIGINT', end);
// The parent holds the other end of this pipe: when it is gone, so are we.
process.stdin.once('end', end).once('error', end).resume();

process.stdout.write(`listening on port ${server.port}\n`);
