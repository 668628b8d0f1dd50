import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ClusterForbiddenError, ClusterUnreachableError } from '../../src/domain/sync-error.ts';
import { type CliWorld, createCliWorld, kubeconfig } from './cli-world.ts';

/** Long enough that no part of it appears by chance. */
const TOKEN = 'CANARY-token-91c7d20b5e';
const KEY = '-----BEGIN PRIVATE KEY-----\nCANARY-key-44aa8be1\n-----END PRIVATE KEY-----\n';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let world: CliWorld;
beforeEach(() => {
  world = createCliWorld();
});
afterEach(() => world.remove());

/** A client's error as they come: request and answer in its message and members. */
const leaky = (): Error => Object.assign(new Error(`Bearer ${TOKEN} ${KEY}`), { headers: { authorization: TOKEN } });

const troubles: readonly { readonly trouble: string; readonly cause: (world: CliWorld) => void }[] = [
  { trouble: 'nothing', cause: () => undefined },
  { trouble: 'access that is missing', cause: ({ cluster }) => cluster.forbid('*', 'secrets') },
  { trouble: 'no answer', cause: ({ cluster }) => cluster.fail('mayI', new ClusterUnreachableError('none'), 99) },
  { trouble: 'a refusal', cause: ({ cluster }) => cluster.fail('mayI', new ClusterForbiddenError('refused'), 99) },
  { trouble: 'a foreign error', cause: ({ cluster }) => cluster.fail('kubeSystemUid', leaky()) },
  {
    trouble: 'a Secrets Manager that fails',
    cause: ({ connectionSecrets }) => {
      connectionSecrets.put = async () => {
        throw leaky();
      };
    },
  },
];

const users = [
  { name: 'a token', user: { token: TOKEN } },
  {
    name: 'a client key',
    user: { 'client-certificate-data': base64('no certificate'), 'client-key-data': base64(KEY) },
  },
];

const cases = troubles.flatMap((trouble) => users.map((user) => ({ ...trouble, ...user })));

test.each(cases)('neither output nor registration shows $name after $trouble', async ({ cause, user }) => {
  const file = world.writeFile('config', kubeconfig(user));
  cause(world);

  const added = await world.run('cluster', 'add', 'lab', '--kubeconfig', file);
  const asJson = await world.run('cluster', 'add', 'lab', '--kubeconfig', file, '-o', 'json');
  const shown = await world.run('cluster', 'show', 'lab', '-o', 'json');
  const listed = await world.run('cluster', 'list');
  const seen = inspect([added, asJson, shown, listed, await world.tables.clusters.list()], { depth: 20 });

  for (const canary of [TOKEN, 'CANARY', base64(TOKEN), base64(KEY), base64(TOKEN).slice(2, 20)])
    expect(seen).not.toContain(canary);
  expect(seen).not.toMatch(/^ +at .+:\d+/m);
});
