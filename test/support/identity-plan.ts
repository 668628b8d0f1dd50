import type { IdentityPlan, RoleHop } from '../../src/domain/identity-plan.ts';

export const roleArn = (name: string, account = '111122223333'): string => `arn:aws:iam::${account}:role/${name}`;

export const hop = (name: string, change: Partial<RoleHop> = {}): RoleHop => ({
  roleArn: roleArn(name),
  sessionTags: [],
  transitiveTagKeys: [],
  ...change,
});

const key = (name: string) => ({ namespace: 'team-a', name: 'aws-keys', key: name });

/** A plan that begins with static keys; without hops. */
export const staticPlan = (change: Partial<IdentityPlan> = {}): IdentityPlan => ({
  service: 'secretsmanager',
  region: 'eu-central-1',
  base: { type: 'static', accessKeyId: key('access-key'), secretAccessKey: key('secret-access-key') },
  hops: [],
  retry: { maxAttempts: 3 },
  ...change,
});

/** A plan that begins with the hub, on the default role `name`. */
export const hubPlan = (name: string, change: Partial<IdentityPlan> = {}): IdentityPlan =>
  staticPlan({ base: { type: 'default-role', roleArn: roleArn(name), sessionTags: [] }, ...change });
