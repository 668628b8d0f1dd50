/** Where the CLI keeps what opens registered clusters, in Secrets Manager, for whatever stage. */
const OWN_SECRET = /(?:^|:)secretcast\/[^/]+\/clusters\//;

/** Whether a key, by its name or any ARN, is a secret that the service signs in to a cluster with. */
export const isOwnSecret = (key: string): boolean => OWN_SECRET.test(key);
