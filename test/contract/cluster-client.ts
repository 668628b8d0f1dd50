import { afterAll, beforeAll, describe } from '@jest/globals';
import type { ClusterClient, ServiceAccountRef } from '../../src/app/ports/cluster-client.ts';
import type { GeneratorObjectRef } from '../../src/domain/generator-ref.ts';
import type { ObjectRef } from '../../src/domain/object-ref.ts';
import { describeAccess } from './cluster-client/access.ts';
import { describeConfigMaps } from './cluster-client/config-maps.ts';
import { describeGenerators } from './cluster-client/generators.ts';
import { describeLists } from './cluster-client/lists.ts';
import { describeMadeObjects } from './cluster-client/made-objects.ts';
import { describeManifests } from './cluster-client/manifests.ts';
import { describeObjects } from './cluster-client/objects.ts';
import { describeSecrets } from './cluster-client/secrets.ts';
import { describeServiceAccounts } from './cluster-client/service-accounts.ts';
import { describeWatches } from './cluster-client/watches.ts';

export type Texts = Readonly<Record<string, string>>;

/** An object as somebody else writes it. */
export interface ObjectSeed {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

export interface SecretSeed extends Pick<ObjectSeed, 'labels' | 'annotations'> {
  /** Text */
  readonly data?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface SeenEvent {
  readonly namespace: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** Name of the object it is about. */
  readonly about: string;
}

/** A cluster, the client under test, and everybody else who works there. */
export interface ClusterWorld {
  readonly client: ClusterClient;
  /** The same cluster, as somebody who may do nothing. */
  readonly stranger: ClusterClient;
  /** A cluster that never answers, with a deadline of a fraction of a second. */
  readonly hanging: ClusterClient;
  makeNamespace(name: string): Promise<void>;
  /** Creates, or replaces what the seed names. */
  putObject(ref: ObjectRef, seed: ObjectSeed): Promise<void>;
  /** Creates, or replaces what the seed names, as field manager `somebody`. */
  putSecret(ref: { readonly namespace: string; readonly name: string }, seed: SecretSeed): Promise<void>;
  /** Creates a generator. */
  putGenerator(ref: GeneratorObjectRef, spec: Readonly<Record<string, unknown>>): Promise<void>;
  /** Creates a ConfigMap with text. */
  putConfigMap(ref: { readonly namespace: string; readonly name: string }, data: Texts): Promise<void>;
  deleteObject(ref: ObjectRef): Promise<void>;
  putServiceAccount(ref: ServiceAccountRef, annotations: Readonly<Record<string, string>>): Promise<void>;
  events(): Promise<readonly SeenEvent[]>;
  /** A resourceVersion whose history is gone. */
  expiredPosition(): Promise<string>;
  stop(): Promise<void>;
}

/** What every part of the contract is given. */
export interface ContractContext {
  readonly world: () => ClusterWorld;
  readonly client: () => ClusterClient;
  /** A namespace that exists and that nobody else uses. */
  readonly newNamespace: () => Promise<string>;
}

/** The contract of the port ClusterClient, whoever implements it. */
export const describeClusterClient = (title: string, start: () => Promise<ClusterWorld>): void => {
  describe(`${title} as a ClusterClient`, () => {
    let world: ClusterWorld;
    let namespaces = 0;
    const unique = `contract-${Date.now()}`;

    beforeAll(async () => {
      world = await start();
    }, 60_000);
    afterAll(() => world?.stop(), 60_000);

    const context: ContractContext = {
      world: () => world,
      client: () => world.client,
      newNamespace: async () => {
        namespaces += 1;
        const name = `${unique}-${namespaces}`;
        await world.makeNamespace(name);
        return name;
      },
    };

    describe('Secrets', () => describeSecrets(context));
    describe('ConfigMaps', () => describeConfigMaps(context));
    describe('objects of any kind', () => describeManifests(context));
    describe('objects', () => describeObjects(context));
    describe('generators', () => describeGenerators(context));
    describe('objects the service makes', () => describeMadeObjects(context));
    describe('lists', () => describeLists(context));
    describe('watches', () => describeWatches(context));
    describe('access', () => describeAccess(context));
    describe('service accounts', () => describeServiceAccounts(context));
  });
};
