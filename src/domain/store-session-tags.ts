import type { SessionTag } from './identity-plan.ts';
import type { SecretStore } from './secret-store.ts';

/** Nobody can choose what these say of a store and its user. */
export const automaticTags = (
  { name, kind }: Pick<SecretStore, 'name' | 'kind'>,
  namespace: string,
): readonly SessionTag[] => [
  { key: 'esoNamespace', value: namespace },
  { key: 'esoStoreName', value: name },
  { key: 'esoStoreKind', value: kind },
];

/**
 * Session tags that a store's own settings put on its `role`. With the automatic policies the explicit list is dropped,
 * and nobody can choose the automatic values.
 * @param namespace - the consumer's; empty while a ClusterSecretStore is validated
 */
export const storeSessionTags = (store: SecretStore, namespace: string): readonly SessionTag[] => {
  const { sessionTags, sessionTagsPolicy, customSessionTags } = store.aws;
  const automatic = automaticTags(store, namespace);
  switch (sessionTagsPolicy) {
    case 'None':
      return sessionTags;
    case 'Simple':
      return automatic;
    case 'Custom':
      return [...automatic, ...customTags(customSessionTags, automatic)];
  }
};

const customTags = (tags: Readonly<Record<string, string>>, reserved: readonly SessionTag[]): readonly SessionTag[] =>
  Object.entries(tags)
    .map(([key, value]) => ({ key, value }))
    .filter(({ key, value }) => key !== '' && value !== '' && reserved.every((tag) => tag.key !== key))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
