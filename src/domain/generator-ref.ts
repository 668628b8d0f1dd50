import * as z from 'zod/mini';
import type { ExternalSecret } from './external-secret.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { InvalidSpecError, UnsupportedError } from './sync-error.ts';

/** Kinds that make values rather than read them. Their spelling is the API's. */
export type GeneratorKind = 'ECRAuthorizationToken' | 'STSSessionToken';

/** A generator, or the cluster's word for one. */
export type GeneratorObjectKind = GeneratorKind | 'ClusterGenerator';

/** Names one generator object. `namespace` is empty for a ClusterGenerator. */
export interface GeneratorObjectRef {
  readonly kind: GeneratorObjectKind;
  readonly namespace: string;
  readonly name: string;
}

/** `sourceRef.generatorRef`, as written. */
export interface GeneratorRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export const GENERATOR_GROUP = 'generators.external-secrets.io';
const GENERATOR_API = `${GENERATOR_GROUP}/v1alpha1`;

export const generatorRefSchema = z.object({
  apiVersion: z.pipe(
    z._default(z.string(), GENERATOR_API),
    z.transform((text) => (text === '' ? GENERATOR_API : text)),
  ),
  kind: z._default(z.string(), ''),
  name: z._default(z.string(), ''),
});

/** Where a reference of an object in `namespace` leads; undefined: to a kind that is not served. */
export const generatorObjectRef = ({ kind, name }: GeneratorRef, namespace: string): GeneratorObjectRef | undefined => {
  if (!isGeneratorObjectKind(kind)) return undefined;
  return { kind, namespace: kind === 'ClusterGenerator' ? '' : namespace, name };
};

export const isGeneratorKind = (kind: string): kind is GeneratorKind =>
  kind === 'ECRAuthorizationToken' || kind === 'STSSessionToken';

const isGeneratorObjectKind = (kind: string): kind is GeneratorObjectKind =>
  kind === 'ClusterGenerator' || isGeneratorKind(kind);

/**
 * Refuses generators that are not the API's, or not served. Nothing but an edit of the object helps.
 * @throws InvalidSpecError - another group or version
 * @throws UnsupportedError - names the kind
 */
export const refuseUnknownGenerators = (es: ExternalSecret): void => {
  for (const [index, { generator }] of es.dataFrom.entries())
    if (generator !== undefined) refuseUnknown(generator, `spec.dataFrom[${index}].sourceRef.generatorRef`);
};

const refuseUnknown = ({ apiVersion, kind }: GeneratorRef, field: string): void => {
  if (apiVersion !== GENERATOR_API)
    throw new InvalidSpecError(`${field}.apiVersion is ${apiVersion}, and generators are of ${GENERATOR_API} only`);
  if (!isGeneratorObjectKind(kind)) throw new UnsupportedError(`${field} of kind ${kind}`);
};

/** Whether values of this object are made anew in each sync: such values have no version to compare. */
export const generates = (es: ExternalSecret): boolean => es.dataFrom.some(({ generator }) => generator !== undefined);

const namingEntry = z.object({ sourceRef: z.object({ generatorRef: generatorRefSchema }) });
const namingSchema = z.object({ spec: z.object({ dataFrom: z.array(z.catch(z.optional(namingEntry), undefined)) }) });

/** Each generator an ExternalSecret names, from a spec that may not parse: whose it is must be known before it is judged. */
export const generatorRefsIn = ({ spec }: Pick<MirroredObject, 'spec'>): readonly GeneratorRef[] => {
  const parsed = z.safeParse(namingSchema, { spec });
  return parsed.success ? parsed.data.spec.dataFrom.flatMap((entry) => entry?.sourceRef.generatorRef ?? []) : [];
};
