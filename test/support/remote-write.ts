import type { PolicySources, RemoteRemoval, RemoteWrite } from '../../src/app/ports/secret-writer.ts';
import type { PushContent } from '../../src/domain/push/push-content.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';

type Values = Readonly<Record<string, string>>;

const toValues = (texts: Values): ReadonlyMap<string, SecretValue> =>
  new Map(Object.entries(texts).map(([key, text]) => [key, SecretValue.fromText(text)]));

/** The value of one key. */
export const oneKey = (text: string): PushContent => ({ type: 'key', value: SecretValue.fromText(text) });

/** A source as a whole. */
export const wholeSecret = (texts: Values): PushContent => ({ type: 'whole', values: toValues(texts) });

/** ConfigMaps and Secrets by name. */
export const policySources = (
  configMaps: Readonly<Record<string, Values>> = {},
  secrets: Readonly<Record<string, Values>> = {},
): PolicySources => ({
  readConfigMap: async (name) => configMaps[name] && toValues(configMaps[name]),
  readSecret: async (name) => secrets[name] && toValues(secrets[name]),
});

/** A valid write of one key's value. */
export const remoteWrite = (change: Partial<RemoteWrite> & Pick<RemoteWrite, 'key'>): RemoteWrite => ({
  property: '',
  content: oneKey('value'),
  metadata: undefined,
  sources: policySources(),
  source: { namespace: 'team-a', name: 'app' },
  by: 'PushSecret team-a/app of cluster one',
  ...change,
});

export const remoteRemoval = (change: Partial<RemoteRemoval> & Pick<RemoteRemoval, 'key'>): RemoteRemoval => ({
  property: '',
  shared: false,
  by: 'PushSecret team-a/app of cluster one',
  ...change,
});

/** `data[].metadata` around a spec. */
export const pushMetadata = (spec: Readonly<Record<string, unknown>>): unknown => ({
  apiVersion: 'kubernetes.external-secrets.io/v1alpha1',
  kind: 'PushSecretMetadata',
  spec,
});
