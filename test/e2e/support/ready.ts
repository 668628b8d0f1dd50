import { expect } from '@jest/globals';
import type { ClusterAdmin, Ref } from './cluster-admin.ts';
import { eventually } from './eventually.ts';

export const externalSecretRef = (name: string, namespace = 'default'): Ref => ({
  kind: 'ExternalSecret',
  namespace,
  name,
});

export const pushSecretRef = (name: string, namespace = 'default'): Ref => ({ kind: 'PushSecret', namespace, name });

export const storeRef = (name: string, namespace = 'default'): Ref => ({ kind: 'SecretStore', namespace, name });

/** The Ready condition, as `False SecretSyncedError: could not …`; undefined before there is one. */
export const readyOf = async (cluster: ClusterAdmin, ref: Ref): Promise<string | undefined> => {
  const ready = (await cluster.get(ref))?.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready && `${ready.status} ${ready.reason ?? ''}: ${ready.message ?? ''}`;
};

export const becomesReady = (cluster: ClusterAdmin, ref: Ref, withinMilliseconds = 20_000): Promise<void> =>
  eventually(async () => expect(await readyOf(cluster, ref)).toMatch(/^True /), { withinMilliseconds });

/** Messages of all events about an object. */
export const eventTexts = async (cluster: ClusterAdmin, ref: Ref): Promise<readonly string[]> =>
  (await cluster.eventsOf(ref)).map(({ message = '' }) => message);
