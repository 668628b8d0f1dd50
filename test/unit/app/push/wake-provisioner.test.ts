import { beforeEach, expect, test } from '@jest/globals';
import { wakeProvisioner } from '../../../../src/app/push/wake-provisioner.ts';
import type { MirroredObject } from '../../../../src/domain/mirrored-object.ts';
import { clusterPushSecret, mirrored } from '../../../support/builders.ts';
import { createFakeMessages } from '../../../support/fake-messages.ts';
import { createFakeTables } from '../../../support/fake-tables.ts';

const OWNER = {
  apiVersion: 'external-secrets.io/v1alpha1',
  kind: 'ClusterPushSecret',
  name: 'shared',
  uid: 'uid',
  controller: true,
};

let messages: ReturnType<typeof createFakeMessages>;
let mirror: ReturnType<typeof createFakeTables>['mirror'];
beforeEach(async () => {
  messages = createFakeMessages();
  ({ mirror } = createFakeTables());
  await mirror.put('one', mirrored(clusterPushSecret()));
});

const wokenBy = async (change: Partial<MirroredObject>) => {
  const object = mirrored({ ref: { kind: 'PushSecret', namespace: 'team-a', name: 'shared' } }, change);
  await wakeProvisioner({ mirror, messages }, { cluster: 'one', object, traceId: 'trace' });
  return messages.sent;
};

test('a PushSecret that is gone wakes the ClusterPushSecret that made it, a moment later', async () => {
  expect(await wokenBy({ ownerReferences: [OWNER] })).toMatchObject([
    {
      request: { cluster: 'one', traceId: 'trace', objects: [clusterPushSecret().ref] },
      delaySeconds: 2,
    },
  ]);
});

test.each<[string, Partial<MirroredObject>]>([
  ['that nobody made', {}],
  ['that somebody else controls', { ownerReferences: [{ ...OWNER, kind: 'Application' }] }],
  ['whose ClusterPushSecret is gone too', { ownerReferences: [{ ...OWNER, name: 'former' }] }],
])('one %s wakes nobody', async (_, change) => {
  expect(await wokenBy(change)).toEqual([]);
});
