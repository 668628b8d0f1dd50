import { isUtf8 } from 'node:buffer';
import type { ExternalSecret } from '../src/domain/external-secret.ts';
import { DATA_HASH_ANNOTATION } from '../src/domain/plan-target.ts';
import type { SecretValue } from '../src/domain/secret-value.ts';
import type { TargetSecret } from '../src/domain/target-secret.ts';

type Texts = Readonly<Record<string, string>>;

const OURS = 'reconcile.external-secrets.io/';

/**
 * The manifest of a Secret, for people. Left out is what only the sync itself knows: the owner reference and the hash.
 * @param reveal - false: sizes in place of values, and of labels and annotations that a template made of them
 */
export const shownSecret = (secret: TargetSecret, es: ExternalSecret, reveal: boolean): unknown => {
  const { [DATA_HASH_ANNOTATION]: _, ...annotations } = secret.annotations;
  const written = writtenBy(es);
  const show = (texts: Texts, asWritten: Texts): Texts =>
    reveal
      ? texts
      : Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, hidden(name, text, asWritten)]));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secret.name,
      namespace: secret.namespace,
      labels: show(secret.labels, written.labels),
      ...unlessEmpty('annotations', show(annotations, written.annotations)),
      ...(secret.finalizers.length === 0 ? {} : { finalizers: secret.finalizers }),
    },
    type: secret.type === '' ? 'Opaque' : secret.type,
    ...(secret.immutable && { immutable: true }),
    ...(reveal ? revealed(secret) : { data: sizes(secret) }),
  };
};

/** What stands in the manifest as it is, and so tells nothing. */
const writtenBy = (es: ExternalSecret): { readonly labels: Texts; readonly annotations: Texts } =>
  es.target.template?.metadata ?? es;

const hidden = (name: string, text: string, asWritten: Texts): string =>
  name.startsWith(OURS) || asWritten[name] === text ? text : sizeOf(Buffer.byteLength(text));

const sizes = ({ data }: TargetSecret): Texts =>
  Object.fromEntries([...data].map(([key, value]) => [key, sizeOf(value.size)]));

const sizeOf = (bytes: number): string => `<${bytes} byte${bytes === 1 ? '' : 's'}>`;

/** Text as text; what is none as Base64. Together they make the same Secret. */
const revealed = ({ data }: TargetSecret) => {
  const isText = ([, value]: readonly [string, SecretValue]): boolean => isUtf8(value.reveal());
  const entries = [...data];
  const texts = entries.filter(isText).map(([key, value]) => [key, value.revealText()]);
  const bytes = entries
    .filter((entry) => !isText(entry))
    .map(([key, value]) => [key, Buffer.from(value.reveal()).toString('base64')]);
  return { ...unlessEmpty('stringData', Object.fromEntries(texts)), ...unlessEmpty('data', Object.fromEntries(bytes)) };
};

const unlessEmpty = (name: string, members: Texts) => (Object.keys(members).length === 0 ? {} : { [name]: members });
