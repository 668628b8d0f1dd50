import {
  type AwsGenerator,
  generatorControllerOf,
  generatorSpecOf,
  parseAwsGenerator,
} from '../domain/aws-generator.ts';
import type { Cluster } from '../domain/cluster.ts';
import {
  GENERATOR_GROUP,
  type GeneratorObjectRef,
  type GeneratorRef,
  generatorObjectRef,
} from '../domain/generator-ref.ts';
import type { Access } from '../domain/identity-base.ts';
import { planGeneration } from '../domain/plan-generation.ts';
import { CausedError, StoreNotReadyError, type SyncError, UnsupportedError } from '../domain/sync-error.ts';
import { isTellable } from './failure.ts';
import { findCredentials } from './find-credentials.ts';
import type { GeneratorObject } from './ports/cluster-client.ts';
import type { IssuedToken, TokenIssuer } from './ports/token-issuer.ts';
import { remember } from './remember.ts';
import type { GuardedScope } from './store-access.ts';

/** Generators for one batch: each object is read once, and each use of it generates anew. */
export interface Generators {
  /** True when the generator exists and another controller class is to serve it. */
  isForeign(ref: GeneratorRef, namespace: string, signal?: AbortSignal): Promise<boolean>;
  /** @throws GeneratorError - in the reference's words */
  generate(ref: GeneratorRef, namespace: string, signal?: AbortSignal): Promise<IssuedToken>;
}

/** A generator could not be found, read or used. */
export class GeneratorError extends CausedError {
  override readonly name = 'GeneratorError';

  constructor(doing: string, cause: SyncError) {
    super(`${doing}: ${cause.message}`, cause);
  }
}

/** Generators are not mirrored: they are few, nobody watches them, and a refresh reads them where they are. */
export const createGenerators = (
  issuer: TokenIssuer,
  { cluster, client, guard, access }: GuardedScope & { readonly access?: Access },
): Generators => {
  const objects = remember<GeneratorObject | undefined>();

  const read = (ref: GeneratorObjectRef, signal?: AbortSignal): Promise<GeneratorObject | undefined> =>
    objects(`${ref.kind}/${ref.namespace}/${ref.name}`, () => client.readGenerator(ref, signal));

  const resolve = async (ref: GeneratorObjectRef, signal?: AbortSignal) => {
    const object = await read(ref, signal);
    if (object === undefined) throw new StoreNotReadyError(`${ref.kind}.${GENERATOR_GROUP} "${ref.name}" not found`);
    return generatorSpecOf(ref, object.spec);
  };

  const issue = async (generator: AwsGenerator, namespace: string, signal?: AbortSignal): Promise<IssuedToken> => {
    const plan = planGeneration({ generator, cluster, namespace, access });
    await guard.admit(plan, signal);
    const { readSecret } = client;
    const deps = { doing: 'unable to create aws session: ', cluster: cluster.name, client, readSecret, signal };
    if (plan.alsoFound !== undefined) await findCredentials(plan.alsoFound, deps);
    const credentials = await findCredentials(plan.base, deps);
    if (credentials !== undefined && 'roleArn' in credentials) await guard.admitRoles([credentials.roleArn], signal);
    return issuer.issue(plan, credentials, signal);
  };

  return {
    isForeign: async (ref, namespace, signal) => {
      const objectRef = generatorObjectRef(ref, namespace);
      return objectRef !== undefined && isOthers(await ifTellable(() => resolve(objectRef, signal)), cluster);
    },
    generate: async (ref, namespace, signal) => {
      const objectRef = generatorObjectRef(ref, namespace);
      if (objectRef === undefined) throw new UnsupportedError(`generator kind ${ref.kind}`);
      const found = await inStep('unable to get generator', () => resolve(objectRef, signal));
      return inStep('error using generator', () => issue(parseAwsGenerator(objectRef, found), namespace, signal));
    },
  };
};

const isOthers = (found: { readonly spec: unknown } | undefined, { controllerClass }: Cluster): boolean =>
  found !== undefined && !['', controllerClass].includes(generatorControllerOf(found.spec));

/** Whose a generator is cannot be told while it cannot be read; generating meets the same failure and reports it. */
const ifTellable = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!isTellable(error)) throw error;
    return undefined;
  }
};

const inStep = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw isTellable(error) ? new GeneratorError(doing, error) : error;
  }
};
