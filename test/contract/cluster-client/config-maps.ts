import { expect, test } from '@jest/globals';
import { texts } from '../../support/builders.ts';
import type { ContractContext } from '../cluster-client.ts';

export const describeConfigMaps = ({ client, world, newNamespace }: ContractContext): void => {
  test('that does not exist is undefined', async () => {
    const namespace = await newNamespace();

    expect(await client().readConfigMap({ namespace, name: 'none' })).toBeUndefined();
    expect(await client().readConfigMap({ namespace: `${namespace}-none`, name: 'none' })).toBeUndefined();
  });

  test('is read as it was written', async () => {
    const namespace = await newNamespace();
    const data = { 'app.conf': 'a={{ .a }}\n\tälter', empty: '' };
    await world().putConfigMap({ namespace, name: 'templates' }, data);

    expect(texts(await client().readConfigMap({ namespace, name: 'templates' }))).toEqual(data);
  });

  test('may hold nothing', async () => {
    const namespace = await newNamespace();
    await world().putConfigMap({ namespace, name: 'empty' }, {});

    expect(texts(await client().readConfigMap({ namespace, name: 'empty' }))).toEqual({});
  });

  test('may be kept from somebody', async () => {
    const namespace = await newNamespace();

    await expect(world().stranger.readConfigMap({ namespace, name: 'templates' })).rejects.toMatchObject({
      name: 'ClusterForbiddenError',
      message: `get configmaps in namespace ${namespace} is forbidden`,
    });
  });
};
