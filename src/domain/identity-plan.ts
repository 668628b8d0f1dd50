import type { SecretService } from './remote-key.ts';

/** Static AWS keys, in memory only. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SessionTag {
  readonly key: string;
  readonly value: string;
}

/** One AssumeRole call, signed by the link before it. */
export interface RoleHop {
  readonly roleArn: string;
  readonly externalId?: string;
  readonly sessionTags: readonly SessionTag[];
  readonly transitiveTagKeys: readonly string[];
}

/** Names one key of a Secret in the cluster. */
export interface SecretKeyRef {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** Where a chain of credentials begins. */
export type IdentityBase =
  | {
      readonly type: 'static';
      readonly accessKeyId: SecretKeyRef;
      readonly secretAccessKey: SecretKeyRef;
      readonly sessionToken?: SecretKeyRef;
    }
  /** What a pod of the service account would get: its token, which STS takes for the role that the account names. */
  | {
      readonly type: 'service-account';
      readonly namespace: string;
      readonly name: string;
      /** Asked for besides the account's own. */
      readonly audiences: readonly string[];
    }
  /** The hub assumes the cluster's default role. */
  | { readonly type: 'default-role'; readonly roleArn: string; readonly sessionTags: readonly SessionTag[] };

/** Who reads, where, and how often a call is tried: everything an adapter needs to open a store. */
export interface IdentityPlan {
  readonly service: SecretService;
  readonly region: string;
  readonly base: IdentityBase;
  /** Assumed in this order on top of the base. */
  readonly hops: readonly RoleHop[];
  readonly retry: {
    /** Attempts of one call; 0: no cap. @default 3 */
    readonly maxAttempts: number;
    /** Fixed delay between attempts. Absent: exponential. */
    readonly delayMilliseconds?: number;
  };
}
