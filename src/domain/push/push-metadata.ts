import * as z from 'zod/mini';
import { toGoJson } from '../go-json.ts';
import { InvalidSpecError } from '../sync-error.ts';
import { decodeGoStruct, type GoShape } from './go-struct.ts';
import { MANAGED_BY } from './plan-tags.ts';

export const METADATA_API_VERSION = 'kubernetes.external-secrets.io/v1alpha1';
const KIND = 'PushSecretMetadata';

const DESCRIPTION = "secret 'managed-by:external-secrets'";

export interface PolicySourceRef {
  readonly kind: string;
  readonly name: string;
  readonly key: string;
}

export interface ResourcePolicy {
  readonly blockPublicPolicy?: boolean | undefined;
  readonly policySourceRef?: PolicySourceRef | undefined;
}

/** What metadata says about a secret in Secrets Manager, with the reference's defaults. */
export interface SecretMetadata {
  readonly format: 'binary' | 'string';
  readonly kmsKeyId: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly resourcePolicy?: ResourcePolicy | undefined;
  /** Undefined: replicas are left alone. */
  readonly replicationLocations?: readonly string[] | undefined;
}

/** The same about a parameter. */
export interface ParameterMetadata {
  /** Sent as it is; AWS judges it. */
  readonly secretType: string;
  readonly kmsKeyId: string;
  readonly tier: string;
  /** JSON text. */
  readonly policies?: string;
  readonly encodeAsDecoded: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly description: string;
}

/** The same about a certificate. */
export interface CertificateMetadata {
  readonly tags: Readonly<Record<string, string>>;
}

/** How errors of metadata begin; the reference says it at every step in another way. */
export interface MetadataPrefixes {
  /** Before errors of the wrapper: its shape, apiVersion and kind. */
  readonly wrapper: string;
  /** Before errors of what is in it. */
  readonly content: string;
}

export const CREATING_SECRET: MetadataPrefixes = {
  wrapper: 'failed to parse push secret metadata: failed to parse metadata: ',
  content: 'failed to parse push secret metadata: ',
};
export const UPDATING_SECRET: MetadataPrefixes = { wrapper: '', content: '' };
const OF_PARAMETER: MetadataPrefixes = { wrapper: 'failed to parse metadata: ', content: '' };
const OF_CERTIFICATE: MetadataPrefixes = {
  wrapper: 'failed to parse push secret metadata: ',
  content: 'failed to parse push secret metadata: ',
};

/** @throws InvalidSpecError - in the reference's words */
export const parseSecretMetadata = (metadata: unknown, prefixes: MetadataPrefixes): SecretMetadata => {
  const spec = secretSchema.parse(parseWrapper(SECRET_SPEC, metadata, prefixes));
  const { tags = {}, secretPushFormat, resourcePolicy, replicationLocations } = spec;
  refuseReservedTag(tags, prefixes);
  const format = orDefault(secretPushFormat, 'binary');
  if (format !== 'binary' && format !== 'string')
    throw new InvalidSpecError(`${prefixes.content}invalid secret push format: ${format}`);
  return {
    format,
    kmsKeyId: orDefault(spec.kmsKeyId, 'alias/aws/secretsmanager'),
    description: orDefault(spec.description, DESCRIPTION),
    tags,
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    ...(replicationLocations === undefined ? {} : { replicationLocations }),
  };
};

/** @throws InvalidSpecError - in the reference's words */
export const parseParameterMetadata = (metadata: unknown): ParameterMetadata => {
  const { tags = {}, tier, ...spec } = parameterSchema.parse(parseWrapper(PARAMETER_SPEC, metadata, OF_PARAMETER));
  refuseReservedTag(tags, OF_PARAMETER);
  return {
    secretType: orDefault(spec.secretType, 'String'),
    kmsKeyId: orDefault(spec.kmsKeyID, 'alias/aws/ssm'),
    tier: orDefault(tier?.type, 'Standard'),
    ...(tier?.policies === undefined ? {} : { policies: toGoJson(tier.policies, { escapeHtml: true }) }),
    encodeAsDecoded: spec.encodeAsDecoded ?? false,
    tags,
    description: orDefault(spec.description, DESCRIPTION),
  };
};

/** @throws InvalidSpecError - in the reference's words */
export const parseCertificateMetadata = (metadata: unknown): CertificateMetadata => ({
  tags: certificateSchema.parse(parseWrapper(CERTIFICATE_SPEC, metadata, OF_CERTIFICATE)).tags ?? {},
});

const TAGS: GoShape = { map: 'string' };

const SECRET_SPEC: GoShape = {
  fields: {
    secretPushFormat: 'string',
    kmsKeyId: 'string',
    description: 'string',
    tags: TAGS,
    resourcePolicy: {
      fields: {
        blockPublicPolicy: 'bool',
        policySourceRef: { fields: { kind: 'string', name: 'string', key: 'string' } },
      },
    },
    replicationLocations: { list: 'string' },
  },
};
const PARAMETER_SPEC: GoShape = {
  fields: {
    secretType: 'string',
    kmsKeyID: 'string',
    tier: { fields: { type: 'string', policies: 'json' } },
    encodeAsDecoded: 'bool',
    tags: TAGS,
    description: 'string',
  },
};
const CERTIFICATE_SPEC: GoShape = { fields: { tags: TAGS } };

/** What the shapes above let through, for the compiler. */
const text = z.optional(z.string());
const tags = z.optional(z.record(z.string(), z.string()));
const secretSchema = z.object({
  secretPushFormat: text,
  kmsKeyId: text,
  description: text,
  tags,
  resourcePolicy: z.optional(
    z.object({
      blockPublicPolicy: z.optional(z.boolean()),
      policySourceRef: z.optional(
        z.object({
          kind: z._default(z.string(), ''),
          name: z._default(z.string(), ''),
          key: z._default(z.string(), ''),
        }),
      ),
    }),
  ),
  replicationLocations: z.optional(z.array(z.string())),
});
const parameterSchema = z.object({
  secretType: text,
  kmsKeyID: text,
  tier: z.optional(z.object({ type: text, policies: z.optional(z.unknown()) })),
  encodeAsDecoded: z.optional(z.boolean()),
  tags,
  description: text,
});
const certificateSchema = z.object({ tags });
const wrapperSchema = z.object({ apiVersion: text, kind: text, spec: z.optional(z.unknown()) });

/** @returns the spec, empty without metadata */
const parseWrapper = (spec: GoShape, metadata: unknown, { wrapper: prefix }: MetadataPrefixes): unknown => {
  if (metadata === undefined || metadata === null) return {};
  const decoded = decodeGoStruct(KIND, { fields: { kind: 'string', apiVersion: 'string', spec } }, metadata);
  if ('problem' in decoded)
    throw new InvalidSpecError(
      `${prefix}failed to parse ${METADATA_API_VERSION} ${KIND}: error unmarshaling JSON: while decoding JSON: ${decoded.problem}`,
    );
  const { apiVersion = '', kind = '', spec: content = {} } = wrapperSchema.parse(decoded.value);
  if (apiVersion !== METADATA_API_VERSION)
    throw new InvalidSpecError(
      `${prefix}unexpected apiVersion ${JSON.stringify(apiVersion)}, expected "${METADATA_API_VERSION}"`,
    );
  if (kind !== KIND) throw new InvalidSpecError(`${prefix}unexpected kind ${JSON.stringify(kind)}, expected "${KIND}"`);
  return content;
};

const refuseReservedTag = (given: Readonly<Record<string, string>>, { content }: MetadataPrefixes): void => {
  if (Object.hasOwn(given, MANAGED_BY))
    throw new InvalidSpecError(`${content}error parsing tags in metadata: Cannot specify a '${MANAGED_BY}' tag`);
};

const orDefault = (given: string | undefined, byDefault: string): string =>
  given === undefined || given === '' ? byDefault : given;
