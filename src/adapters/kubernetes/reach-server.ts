import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ReachServer } from '../../app/ports/doctor.ts';
import { networkCodeOf } from './exchange.ts';

/** Long enough for a handshake across the world. */
const DEADLINE_MILLISECONDS = 5_000;
const HTTPS_PORT = 443;

/** Connects, then shakes hands as the client of the service would; nothing is sent after that. */
export const reachServer: ReachServer = async ({ server, certificateAuthority }) => {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connectTcp({ host, port: port === '' ? HTTPS_PORT : Number(port) });
  try {
    const connected = await outcome(socket, 'connect');
    if (connected !== undefined) return { stoppedAt: 'network', code: connected };
    const secured = connectTls({
      socket,
      host,
      ...(isName(host) && { servername: host }),
      ...(certificateAuthority !== undefined && { ca: certificateAuthority }),
    });
    const refused = await outcome(secured, 'secureConnect');
    secured.destroy();
    return refused === undefined ? {} : { stoppedAt: 'tls', code: refused };
  } finally {
    socket.destroy();
  }
};

/** An address is no server name: TLS refuses it. */
const isName = (host: string): boolean => !/^[\d.]+$|:/.test(host);

/** @returns the code of a failure; undefined: it went well */
const outcome = (socket: Socket, event: 'connect' | 'secureConnect'): Promise<string | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve('ETIMEDOUT'), DEADLINE_MILLISECONDS);
    const end = (code: string | undefined): void => {
      clearTimeout(timer);
      resolve(code);
    };
    socket.once(event, () => end(undefined));
    socket.on('error', (error) => end(networkCodeOf(error) ?? 'UNKNOWN')); // stays: a late error must not go unheard
    socket.once('close', () => end('ECONNRESET'));
  });
