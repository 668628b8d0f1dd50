import type { SessionTag } from './identity-plan.ts';
import type { SecretStore } from './secret-store.ts';
import { InvalidSpecError } from './sync-error.ts';

/**
 * Session tags that a store's own settings put on its `role`. With the automatic policies the explicit list is dropped,
 * and nobody can choose the automatic values.
 * @param namespace - the consumer's; empty while a ClusterSecretStore is validated
 */
export const storeSessionTags = (store: SecretStore, namespace: string): readonly SessionTag[] => {
  const { sessionTags, sessionTagsPolicy, customSessionTags } = store.aws;
  const automatic = [
    { key: 'esoNamespace', value: namespace },
    { key: 'esoStoreName', value: store.name },
    { key: 'esoStoreKind', value: store.kind },
  ];
  switch (sessionTagsPolicy) {
    case 'None':
      return sessionTags;
    case 'Simple':
      return automatic;
    case 'Custom':
      return [...automatic, ...customTags(customSessionTags, automatic)];
  }
};

const AUTOMATIC: readonly string[] = ['esoNamespace', 'esoStoreName', 'esoStoreKind'];

/**
 * Where the hub's own session is the one that tags, trust policies believe what these say of the consumer; so no author of
 * a store writes them by hand.
 * @throws InvalidSpecError
 */
export const refuseClaimedTags = ({ aws: { role, sessionTagsPolicy, sessionTags } }: SecretStore): void => {
  const claimed = sessionTags.find(({ key }) => AUTOMATIC.some((name) => name.toLowerCase() === key.toLowerCase()));
  if (role === '' || sessionTagsPolicy !== 'None' || claimed === undefined) return;
  throw new InvalidSpecError(
    `session tag ${claimed.key} is set by sessionTagsPolicy Simple or Custom; on a chain that begins with the default role it cannot be written in sessionTags`,
  );
};

const customTags = (tags: Readonly<Record<string, string>>, reserved: readonly SessionTag[]): readonly SessionTag[] =>
  Object.entries(tags)
    .map(([key, value]) => ({ key, value }))
    .filter(({ key, value }) => key !== '' && value !== '' && reserved.every((tag) => tag.key !== key))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
