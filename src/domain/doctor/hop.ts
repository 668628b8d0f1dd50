/** The places a change passes, or that stand in its way, in the order they are looked at. */
export type HubHop = 'event-rules' | 'queues';
export type ClusterHop =
  | 'network'
  | 'tls'
  | 'token'
  | 'access-entry'
  | 'same-cluster'
  | 'rbac'
  | 'definitions'
  | 'finalizers'
  | 'stores'
  | 'stored-versions'
  | 'webhooks'
  | 'operator';
export type StoreHop = 'store' | 'registration' | 'credentials' | 'assume-role' | 'provider' | 'kms' | 'push';
export type Hop = HubHop | ClusterHop | StoreHop;

/** A statement that is missing, and of which policy. */
export interface MissingStatement {
  readonly policy: string;
  readonly statement: Readonly<Record<string, unknown>>;
}

/** What mends a hop: in words, then as text to paste. */
export interface Remedy {
  readonly say: string;
  /** Command lines. */
  readonly commands?: readonly string[];
  readonly statements?: readonly MissingStatement[];
}

/** What was answered in place of what was hoped for. */
export interface Trouble {
  /** One line each. */
  readonly answer: readonly string[];
  readonly remedy: Remedy;
  /** Who was answered, where the answer knows better than whoever asked. */
  readonly as?: string;
}

export interface HopPlace {
  readonly hop: Hop;
  /** Which of several: the role of a link. */
  readonly of?: string;
}

export type HopReport = HopPlace &
  (
    | { readonly status: 'ok'; readonly said: string }
    | (Trouble & { readonly status: 'failed'; readonly attempted: string; readonly as: string })
    | { readonly status: 'not-tried'; readonly because: string; readonly remedy?: Remedy }
  );

/** The hops of one thing: the hub, a cluster, a store. */
export interface Subject {
  readonly subject: string;
  readonly hops: readonly HopReport[];
}

export const isBroken = ({ hops }: Subject): boolean => hops.some(({ status }) => status === 'failed');

/** As in a sentence: `a, b and c`; of very many only the first. */
export const enumerate = (names: readonly string[], most = 5): string => {
  const more = names.length - most;
  if (more > 0) return `${names.slice(0, most).join(', ')} and ${more} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
};
