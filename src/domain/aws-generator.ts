import * as z from 'zod/mini';
import { type GeneratorKind, type GeneratorObjectRef, isGeneratorKind } from './generator-ref.ts';
import { authSchema, type ServiceAccountSelector, type StaticAuth } from './secret-store.ts';
import { describeIssues } from './spec-issues.ts';
import { InvalidSpecError, UnsupportedError } from './sync-error.ts';

/** What AWS is asked for. */
export type TokenRequest =
  /** A password for a registry: the account's own, or the public one. */
  | { readonly type: 'registry'; readonly isPublic: boolean }
  /** Temporary keys of an IAM user. */
  | {
      readonly type: 'session';
      /** Seconds. Absent: AWS decides. */
      readonly durationSeconds?: number | undefined;
      /** Of the user's MFA device, with the code it shows. */
      readonly serialNumber?: string | undefined;
      readonly tokenCode?: string | undefined;
    };

/** An ECRAuthorizationToken or STSSessionToken, its own or inside a ClusterGenerator. Texts that may be absent are empty. */
export interface AwsGenerator {
  /** The object that people know it by. */
  readonly ref: GeneratorObjectRef;
  readonly region: string;
  readonly role: string;
  readonly secretRef?: StaticAuth | undefined;
  readonly jwt?: { readonly serviceAccountRef?: ServiceAccountSelector | undefined } | undefined;
  readonly request: TokenRequest;
}

const text = z._default(z.string(), '');
const common = { region: text, role: text, auth: z.optional(authSchema) };
const registrySchema = z.object({ ...common, scope: text });
const sessionSchema = z.object({
  ...common,
  requestParameters: z.optional(
    z.object({
      sessionDuration: z.optional(z.int()),
      serialNumber: z.optional(z.string()),
      tokenCode: z.optional(z.string()),
    }),
  ),
});

/** Members of a ClusterGenerator's `spec.generator` that are served. */
const MEMBERS: Readonly<Record<GeneratorKind, string>> = {
  ECRAuthorizationToken: 'ecrAuthorizationTokenSpec',
  STSSessionToken: 'stsSessionTokenSpec',
};
const clusterSchema = z.object({
  spec: z.object({ kind: text, generator: z._default(z.record(z.string(), z.unknown()), {}) }),
});

/** A generator's own spec, out of a ClusterGenerator where it is in one. */
export interface GeneratorSpec {
  readonly kind: GeneratorKind;
  readonly spec: unknown;
}

/**
 * @throws InvalidSpecError - a ClusterGenerator that does not hold what its `kind` says
 * @throws UnsupportedError - names its kind
 */
export const generatorSpecOf = ({ kind, name }: GeneratorObjectRef, spec: unknown): GeneratorSpec => {
  if (kind !== 'ClusterGenerator') return { kind, spec };
  const { kind: inner, generator } = parse(clusterSchema, { spec }).spec;
  if (!isGeneratorKind(inner)) throw new UnsupportedError(`generator kind ${inner} of ClusterGenerator ${name}`);
  const found = generator[MEMBERS[inner]];
  if (found === undefined)
    throw new InvalidSpecError(
      `ClusterGenerator ${name} is of kind ${inner} and has no spec.generator.${MEMBERS[inner]}`,
    );
  return { kind: inner, spec: found };
};

/** @throws InvalidSpecError - names the field */
export const parseAwsGenerator = (ref: GeneratorObjectRef, { kind, spec }: GeneratorSpec): AwsGenerator => {
  if (spec === undefined) throw new InvalidSpecError('no config spec provided');
  if (kind === 'ECRAuthorizationToken') {
    const { scope, ...rest } = parseSpec(registrySchema, spec);
    return toGenerator(ref, rest, { type: 'registry', isPublic: scope === 'public' });
  }
  const { requestParameters, ...rest } = parseSpec(sessionSchema, spec);
  const { sessionDuration, serialNumber, tokenCode } = requestParameters ?? {};
  return toGenerator(ref, rest, { type: 'session', durationSeconds: sessionDuration, serialNumber, tokenCode });
};

/** `spec.controller` of a generator whose spec need not be readable otherwise. */
export const generatorControllerOf = (spec: unknown): string => {
  const parsed = z.safeParse(z.object({ controller: text }), spec);
  return parsed.success ? parsed.data.controller : '';
};

type Common = z.infer<z.ZodMiniObject<typeof common>>;

const toGenerator = (ref: GeneratorObjectRef, { region, role, auth }: Common, request: TokenRequest): AwsGenerator => ({
  ref,
  region,
  role,
  secretRef: auth?.secretRef,
  jwt: auth?.jwt,
  request,
});

const parseSpec = <T>(schema: z.ZodMiniType<T>, spec: unknown): T => {
  try {
    return parse(z.object({ spec: schema }), { spec }).spec;
  } catch (error) {
    throw error instanceof InvalidSpecError ? new InvalidSpecError(`unable to parse spec: ${error.message}`) : error;
  }
};

const parse = <T>(schema: z.ZodMiniType<T>, object: unknown): T => {
  const parsed = z.safeParse(schema, object);
  if (!parsed.success) throw new InvalidSpecError(describeIssues(parsed.error.issues));
  return parsed.data;
};
