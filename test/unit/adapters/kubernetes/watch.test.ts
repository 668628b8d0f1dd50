import { describe, expect, test } from '@jest/globals';
import { readWatch } from '../../../../src/adapters/kubernetes/watch.ts';
import type { WatchEvent } from '../../../../src/app/ports/cluster-client.ts';

const store = (name: string, resourceVersion: string) => ({
  metadata: { namespace: 'prod', name, uid: 'u', resourceVersion },
});
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

interface Script {
  readonly chunks: readonly (string | Uint8Array)[];
  /** Afterwards: the server ends, breaks off, or says nothing more. */
  readonly afterwards?: 'end' | 'break' | 'silence';
}

async function* play({ chunks, afterwards = 'end' }: Script, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
  if (afterwards === 'break') throw Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  if (afterwards === 'silence')
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

const watch = async (script: Script, signal = new AbortController().signal) => {
  const events: WatchEvent[] = [];
  const reading = readWatch({
    kind: 'SecretStore',
    open: async (ended) => play(script, ended),
    signal,
    silenceMilliseconds: 50,
  });
  for await (const event of reading) events.push(event);
  return events;
};

const summary = (events: readonly WatchEvent[]) =>
  events.map((event) => (event.type === 'bookmark' ? event.resourceVersion : `${event.type} ${event.object.ref.name}`));

describe('a watch', () => {
  test('tells of changes, deletions and bookmarks', async () => {
    const chunks = [
      line('ADDED', store('a', '1')) + line('MODIFIED', store('a', '2')),
      line('DELETED', store('a', '3')),
      line('BOOKMARK', { metadata: { resourceVersion: '9' } }),
    ];

    expect(summary(await watch({ chunks }))).toEqual(['changed a', 'changed a', 'deleted a', '9']);
  });

  test('puts events together that came in pieces, even within a character', async () => {
    const bytes = new TextEncoder().encode(line('ADDED', store('aé', '1')));
    const chunks = [...bytes].map((byte) => Uint8Array.of(byte));

    expect(summary(await watch({ chunks }))).toEqual(['changed aé']);
  });

  test('drops an event that was cut off', async () => {
    const chunks = [line('ADDED', store('a', '1')), '{"type":"ADDED","object":{'];

    expect(summary(await watch({ chunks, afterwards: 'break' }))).toEqual(['changed a']);
  });

  test('ends without error when its caller has enough', async () => {
    const enough = new AbortController();
    const watching = watch({ chunks: [line('ADDED', store('a', '1'))], afterwards: 'silence' }, enough.signal);

    setTimeout(() => enough.abort(), 10);

    expect(summary(await watching)).toEqual(['changed a']);
  });

  test('that fell silent is an unreachable cluster', async () => {
    await expect(watch({ chunks: [], afterwards: 'silence' })).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: 'watching SecretStore: the connection fell silent',
    });
  });

  test.each([{ code: 410 }, { code: 500, reason: 'Expired' }, { code: 0, reason: 'Gone' }])(
    'whose position is gone says so: %j',
    async (status) => {
      await expect(watch({ chunks: [line('ERROR', status)] })).rejects.toMatchObject({ name: 'PositionExpiredError' });
    },
  );

  test.each([line('ERROR', { code: 500 }), 'no JSON\n', '{"type":1}\n', line('ADDED', { metadata: {} })])(
    'that brings something else fails as unreachable: %j',
    async (chunk) => {
      await expect(watch({ chunks: [chunk] })).rejects.toMatchObject({ name: 'ClusterUnreachableError' });
    },
  );

  test('whose caller stops reading closes the response', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new TextEncoder().encode(line('ADDED', store('a', '1')));
      } finally {
        closed = true;
      }
    }
    const signal = new AbortController().signal;

    for await (const _ of readWatch({ kind: 'Secret', open: async () => endless(), signal, silenceMilliseconds: 50 }))
      break;

    expect(closed).toBe(true);
  });
});
