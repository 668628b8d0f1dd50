import type { ServedRef } from '../../src/domain/object-ref.ts';
import { NAMESPACE, REGION, texts } from './builders.ts';
import { FAKE_ACCOUNT } from './fake-secrets.ts';
import { DB, type World } from './world.ts';

const STORE: ServedRef = { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' };

/** Everything a world ended in that somebody could tell: Secrets, statuses, states, who is woken by which key. */
export const snapshot = async (world: World, keys: readonly string[] = ['prod/db']) => ({
  secrets: world
    .cluster()
    .objects('Secret')
    .map(({ ref }) => world.cluster().secret(ref.namespace, ref.name))
    .map((secret) => ({
      name: secret?.name,
      data: texts(secret?.data),
      labels: secret?.labels,
      annotations: secret?.annotations,
      owners: secret?.ownerReferences.map(({ name }) => name),
    })),
  statuses: [DB, STORE].map((ref) => world.cluster().object(ref)?.status),
  states: await Promise.all([DB, STORE].map((ref) => settledState(world, ref))),
  dependants: await Promise.all(
    keys.map(async (name) => {
      const found = await world.tables.dependants.of({
        account: FAKE_ACCOUNT,
        region: REGION,
        service: 'secretsmanager',
        name,
      });
      return { name, readers: found.map(({ ref }) => ref.name) };
    }),
  ),
  finders: await world.tables.finders.of({ account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager' }),
  users: await world.tables.users.of('one', STORE),
});

/** Without what counts attempts (revisions, failures in a row), and without the versions that only the API server chooses. */
const settledState = async (world: World, ref: ServedRef) => {
  const state = await world.state(ref);
  if (state === undefined) return undefined;
  const { revision: _, uid: __, objectResourceVersion, target, versions, failures, dueAt, ...rest } = state;
  const current = world.cluster().object(ref)?.resourceVersion;
  return {
    ...rest,
    // In tens of minutes: intervals are spread by uid, of which each world makes its own.
    due: failures === 0 ? Math.floor(dueAt / 600_000) : 'by back-off',
    versions: versions.map(({ id }) => id),
    knowsObject: objectResourceVersion === current,
    target: target && {
      name: target.name,
      known: target.resourceVersion === world.cluster().secret(ref.namespace, target.name)?.resourceVersion,
    },
  };
};
