import { describe, expect, test } from '@jest/globals';
import { MAX_OBJECTS_PER_MESSAGE, toRequests } from '../../../src/domain/message.ts';
import { isNewerVersion, newestVersion } from '../../../src/domain/mirrored-object.ts';
import { formatRef, isServed, type ObjectRef, parseRef, type ServedRef } from '../../../src/domain/object-ref.ts';

const es = (name: string): ServedRef => ({ kind: 'ExternalSecret', namespace: 'team-a', name });
const store: ServedRef = { kind: 'ClusterSecretStore', namespace: '', name: 'shared' };

describe('a reference', () => {
  test.each<[string, ServedRef]>([
    ['ExternalSecret/team-a/db', es('db')],
    ['ClusterSecretStore/shared', store],
    ['SecretStore/team-a/', { kind: 'SecretStore', namespace: 'team-a', name: '' }],
  ])('%s reads back as it was written', (text, ref) => {
    expect(formatRef(ref)).toBe(text);
    expect(parseRef(text)).toEqual(ref);
  });

  test.each(['Secret/team-a/db', 'db', ''])('%p names no served object', (text) => {
    expect(() => parseRef(text)).toThrow(TypeError);
  });

  test.each<[ObjectRef['kind'], boolean]>([
    ['ExternalSecret', true],
    ['SecretStore', true],
    ['ClusterSecretStore', true],
    ['ClusterExternalSecret', true],
    ['PushSecret', true],
    ['ClusterPushSecret', true],
    ['Namespace', false],
    ['Secret', false],
  ])('to a %s is served: %p', (kind, served) => {
    expect(isServed({ kind, namespace: '', name: 'x' })).toBe(served);
  });
});

describe('resourceVersions', () => {
  test('are numbers, however long', () => {
    expect(isNewerVersion('10', '9')).toBe(true);
    expect(isNewerVersion('9', '9')).toBe(false);
    expect(isNewerVersion('9007199254740993', '9007199254740992')).toBe(true);
    expect(newestVersion('9', '10')).toBe('10');
    expect(newestVersion('10', '9')).toBe('10');
    expect(newestVersion('10', undefined)).toBe('10');
  });
});

describe('messages', () => {
  const envelope = { cluster: 'one', cause: { type: 'due' }, traceId: 'trace' } as const;

  test('hold so many objects and no more', () => {
    const objects = Array.from({ length: 2 * MAX_OBJECTS_PER_MESSAGE + 1 }, (_, index) => es(`db-${index}`));

    const requests = toRequests(objects, envelope);

    expect(requests.map((request) => request.objects.length)).toEqual([10, 10, 1]);
    expect(requests.flatMap((request) => request.objects)).toEqual(objects);
    expect(requests[2]).toEqual({ ...envelope, objects: [es('db-20')] });
  });

  test('are none without objects', () => {
    expect(toRequests([], envelope)).toEqual([]);
  });
});
