import { createServer } from 'node:net';

/**
 * A port on the loopback address that nobody listens on now. Until it is listened on, somebody else may take it.
 * @param wanted - 0: any
 * @throws Error - `wanted` is taken
 */
export const freePort = async (wanted = 0): Promise<number> => {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(wanted, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the probe for a free port has no address');
  return address.port;
};
