import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { MAY_FIND_PARAMETERS, MAY_FIND_SECRETS, mayReadParameters, mayReadSecrets } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

/** Long enough for nothing here to come by the schedule. */
const BY_EVENT_ONLY = '24h';

const PROD = { env: 'prod' };

let e2e: E2e;

beforeAll(async () => {
  e2e = await startE2e();
  const { provider } = e2e;
  await provider.createSecret('shop/db', 'db', PROD);
  await provider.createSecret('shop/api', 'api', { env: 'production' });
  await provider.createSecret('shopping/cart', 'cart', PROD);
  await provider.createSecret('other/db', 'elsewhere', { ...PROD, more: 'x' });
  for (const [name, tags] of [
    ['/shop/db', PROD],
    ['/shop/api', { env: 'production' }],
    ['/shopping/cart', PROD],
    ['/other/db', PROD],
  ] as const) {
    await provider.putParameter(name, `value of ${name}`);
    await provider.tagParameter(name, tags);
  }
  const secrets = await provider.createUser('secrets', [mayReadSecrets(''), MAY_FIND_SECRETS]);
  const parameters = await provider.createUser('parameters', [mayReadParameters(''), MAY_FIND_PARAMETERS]);
  const modest = await provider.createUser('modest', [
    { Effect: 'Allow', Action: ['ssm:GetParameter'], Resource: 'arn:aws:ssm:*:*:parameter/shop/*' },
    { Effect: 'Allow', Action: 'ssm:DescribeParameters', Resource: '*' },
  ]);
  for (const cluster of e2e.clusters) {
    await cluster.apply(
      ...storeWithKeys('secrets', secrets),
      ...storeWithKeys('parameters', parameters, { service: 'ParameterStore' }),
      ...storeWithKeys('modest', modest, { service: 'ParameterStore' }),
    );
  }
});

afterAll(async () => {
  await e2e?.stop();
});

const apply = async (name: string, store: string, find: object): Promise<void> => {
  const object = externalSecret({ name, store, refreshInterval: BY_EVENT_ONLY, dataFrom: [{ find }] });
  for (const cluster of e2e.clusters) await cluster.apply(object);
};

/** In every cluster the target holds these keys, and no others. */
const becomes = (name: string, keys: readonly string[]): Promise<void> =>
  eventually(
    async () => {
      for (const cluster of e2e.clusters) {
        const secret = await cluster.get({ kind: 'Secret', namespace: 'default', name });
        expect(Object.keys(secret?.data ?? {}).sort()).toEqual([...keys].sort());
      }
    },
    { withinMilliseconds: 20_000 },
  );

describe('find on Secrets Manager', () => {
  test.each([
    ['by name [ES13]', 'sm-name', { name: { regexp: 'db$' } }, ['shop_db', 'other_db']],
    ['by name with path [ES14]', 'sm-name-path', { name: { regexp: '.' }, path: 'shop/' }, ['shop_db', 'shop_api']],
    ['by tags, exactly [ES14]', 'sm-tags', { tags: PROD }, ['shop_db', 'shopping_cart', 'other_db']],
    ['by tags with path [ES14]', 'sm-tags-path', { tags: PROD, path: 'shop' }, ['shop_db', 'shopping_cart']],
  ])('%s', async (_, ...[name, find, keys]) => {
    await apply(String(name), 'secrets', Object(find));

    await becomes(String(name), [keys].flat().map(String));
  });
});

describe('find on Parameter Store', () => {
  test.each([
    ['by name', 'ps-name', { name: { regexp: 'db$' } }, ['_shop_db', '_other_db']],
    ['by name with path', 'ps-name-path', { name: { regexp: '.' }, path: '/shop' }, ['_shop_db', '_shop_api']],
    ['by tags', 'ps-tags', { tags: PROD }, ['_shop_db', '_shopping_cart', '_other_db']],
    ['by tags with path', 'ps-tags-path', { tags: PROD, path: '/shop' }, ['_shop_db']],
  ])('%s', async (_, ...[name, find, keys]) => {
    await apply(String(name), 'parameters', Object(find));

    await becomes(String(name), [keys].flat().map(String));
  });

  test('by an identity that may only describe and read one by one [AWS49]', async () => {
    await apply('ps-modest', 'modest', { name: { regexp: '.' }, path: '/shop' });

    await becomes('ps-modest', ['_shop_db', '_shop_api']);
  });
});

describe('by event alone', () => {
  test('a secret created later arrives, by its name and by its tags', async () => {
    await e2e.provider.createSecret('shop/new-db', 'new', PROD);

    await becomes('sm-name', ['shop_db', 'other_db', 'shop_new-db']);
    await becomes('sm-tags', ['shop_db', 'shopping_cart', 'other_db', 'shop_new-db']);
    await becomes('sm-name-path', ['shop_db', 'shop_api', 'shop_new-db']);
  });

  test('a secret that is tagged arrives, and leaves when it is untagged', async () => {
    await e2e.provider.tagSecret('shop/api', PROD);
    await becomes('sm-tags-path', ['shop_db', 'shopping_cart', 'shop_new-db', 'shop_api']);

    await e2e.provider.untagSecret('shop/api', 'env');
    await becomes('sm-tags-path', ['shop_db', 'shopping_cart', 'shop_new-db']);
  });

  test('a secret that is deleted leaves, and comes back when it is restored', async () => {
    await e2e.provider.scheduleDeletion('shop/new-db');
    await becomes('sm-name', ['shop_db', 'other_db']);
    await becomes('sm-tags-path', ['shop_db', 'shopping_cart']);

    await e2e.provider.restoreSecret('shop/new-db');
    await becomes('sm-name', ['shop_db', 'other_db', 'shop_new-db']);
    await becomes('sm-tags-path', ['shop_db', 'shopping_cart', 'shop_new-db']);
  });

  test('a secret deleted for good leaves', async () => {
    await e2e.provider.deleteSecret('shop/new-db');

    await becomes('sm-name', ['shop_db', 'other_db']);
  });

  test('a new value of a secret that was found arrives', async () => {
    await e2e.provider.putSecret('shop/db', 'rotated');

    await eventually(
      async () => {
        for (const cluster of e2e.clusters)
          expect(await cluster.secretValue('default', 'sm-name', 'shop_db')).toBe('rotated');
      },
      { withinMilliseconds: 20_000 },
    );
  });

  test('a parameter created later arrives, and leaves when it is deleted', async () => {
    await e2e.provider.putParameter('/shop/new-db', 'new');
    await becomes('ps-name', ['_shop_db', '_other_db', '_shop_new-db']);

    await e2e.provider.deleteParameter('/shop/new-db');
    await becomes('ps-name', ['_shop_db', '_other_db']);
  });
});

test('no message was given up on the way', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
