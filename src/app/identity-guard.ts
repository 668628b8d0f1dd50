import type { Cluster } from '../domain/cluster.ts';
import { beginningOf, isFindable } from '../domain/find-selector.ts';
import { refuseCredentials, refuseKey, refuseOwnRoles } from '../domain/identity-guard.ts';
import type { IdentityPlan } from '../domain/identity-plan.ts';
import type { StoreLocation } from '../domain/remote-key.ts';
import { parseRoleArn, type RoleArn } from '../domain/role-arn.ts';
import type { SecretFinder, SecretReader } from './ports/secret-reader.ts';
import type { SecretWriter } from './ports/secret-writer.ts';
import type { ClusterRegistry } from './ports/tables.ts';

export interface IdentityGuardDeps {
  readonly registry: Pick<ClusterRegistry, 'list'>;
  /** Those the service itself runs with. */
  readonly serviceRoles: readonly RoleArn[];
}

/** Holds what one cluster's stores ask for against its registration, and against what is the service's alone. */
export interface IdentityGuard {
  /** Before any call that the plan leads to. @throws NotAllowedError, InvalidSpecError */
  admit(plan: Pick<IdentityPlan, 'base' | 'hops'>, signal?: AbortSignal): Promise<void>;
  /** Roles that are found on the way. @throws NotAllowedError, InvalidSpecError */
  admitRoles(roles: readonly string[], signal?: AbortSignal): Promise<void>;
  /** @throws NotAllowedError */
  admitKey(reader: SecretReader, key: string): void;
  /** A reader that sends no key which may not be read, whoever asks it. */
  guard(reader: SecretReader): SecretReader;
  /** A writer that touches no key which may not be written. */
  guardWriter(writer: SecretWriter): SecretWriter;
}

/** Lives as long as one batch: the fleet's registrations are asked for once, when a store names roles. */
export const createIdentityGuard = ({ registry, serviceRoles }: IdentityGuardDeps, cluster: Cluster): IdentityGuard => {
  let own: Promise<readonly RoleArn[]> | undefined;
  const ownRoles = async (signal?: AbortSignal): Promise<readonly RoleArn[]> => {
    const clusters = await registry.list(signal);
    return [...serviceRoles, ...clusters.flatMap(accessRole)];
  };

  const admitRoles: IdentityGuard['admitRoles'] = async (roles, signal) => {
    if (roles.length === 0) return;
    own ??= ownRoles(signal);
    refuseOwnRoles(roles, await own, cluster);
  };

  return {
    admit: async ({ base, hops }, signal) => {
      refuseCredentials(base, cluster);
      await admitRoles(
        hops.map(({ roleArn }) => roleArn),
        signal,
      );
    },
    admitRoles,
    admitKey: ({ location }, key) => refuseKey(key, location, cluster),
    guard: (reader) => guarded(reader, cluster),
    guardWriter: (writer) => guardedWriter(writer, cluster),
  };
};

/** The role that signs in to a cluster: with it, a tenant would be the service there. */
const accessRole = ({ connection }: Cluster): readonly RoleArn[] => {
  const role = connection.type === 'eks' ? parseRoleArn(connection.roleArn ?? '') : undefined;
  return role === undefined ? [] : [role];
};

/** Nothing of the reader passes but what is named here: a way to read that this does not know stays shut. */
const guarded = (reader: SecretReader, cluster: Cluster): SecretReader => {
  const { location, identity, listing } = reader;
  return {
    location,
    identity,
    read: async (read, signal) => {
      refuseKey(read.key, location, cluster);
      return reader.read(read, signal);
    },
    readTags: async (key, signal) => {
      refuseKey(key, location, cluster);
      return reader.readTags(key, signal);
    },
    ...(reader.finder && { finder: guardedFinder(reader.finder, location, cluster) }),
    listing, // one serves all clusters of an identity: names and versions, looked at for keys that were admitted
  };
};

const guardedWriter = (writer: SecretWriter, cluster: Cluster): SecretWriter => {
  const { location, identity } = writer;
  const admit = (key: string): void => refuseKey(key, location, { ...cluster, access: 'write' });
  return {
    location,
    identity,
    write: async (write, signal) => {
      admit(write.key);
      return writer.write(write, signal);
    },
    exists: async (key, signal) => {
      admit(key);
      return writer.exists(key, signal);
    },
    remove: async (removal, signal) => {
      admit(removal.key);
      return writer.remove(removal, signal);
    },
  };
};

/** What is found outside the prefixes fails the search: left out, it would leave targets too. */
const guardedFinder = (finder: SecretFinder, location: StoreLocation, cluster: Cluster): SecretFinder => ({
  list: async (query, signal) => {
    refuseKey(beginningOf(query.path, location.service), location, cluster);
    const listed = await finder.list(query, signal);
    const asked = listed.filter(({ name }) => isFindable(name, query.path, location.service)); // lists may hold others
    for (const { name } of asked) refuseKey(name, location, cluster);
    return asked;
  },
  readMany: async (names, signal) => {
    for (const name of names) refuseKey(name, location, cluster);
    return finder.readMany(names, signal);
  },
});
