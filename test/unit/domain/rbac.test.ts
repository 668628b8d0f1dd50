import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type AccessOptions,
  type RbacManifest,
  type RequiredAccess,
  rbacManifests,
  requiredAccess,
} from '../../../src/domain/rbac.ts';

const options = (changes: Partial<AccessOptions> = {}): AccessOptions => ({
  group: 'secretcast',
  namespaces: [],
  serviceAccounts: [],
  ...changes,
});

const tuple = (...parts: readonly (string | undefined)[]) => parts.map((part) => part ?? '*').join(' ');

const asked = ({ group, resource, subresource, verb, namespace, name }: RequiredAccess) =>
  tuple(namespace, group, subresource === undefined ? resource : `${resource}/${subresource}`, name, verb);

/** Every single thing a list of manifests allows. */
const granted = (manifests: readonly RbacManifest[]): readonly string[] =>
  manifests.flatMap((manifest) =>
    'rules' in manifest
      ? manifest.rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
          apiGroups.flatMap((group) =>
            resources.flatMap((resource) =>
              resourceNames.flatMap((name) =>
                verbs.map((verb) => tuple(manifest.metadata.namespace, group, resource, name, verb)),
              ),
            ),
          ),
        )
      : [],
  );

const kinds = (manifests: readonly RbacManifest[]) =>
  manifests.map(({ kind, metadata }) => tuple(kind, metadata.namespace));

const dnsLabel = fc.constantFrom('default', 'team-a', 'team-b', 'infra');
const anyOptions: fc.Arbitrary<AccessOptions> = fc.record({
  group: fc.constant('secretcast'),
  namespaces: fc.array(dnsLabel),
  serviceAccounts: fc.array(fc.record({ namespace: dnsLabel, name: fc.constantFrom('reader', 'writer') })),
});

describe('manifests and required access', () => {
  test('agree on every single permission, whatever is chosen', async () => {
    await fc.assert(
      fc.property(anyOptions, (chosen) => {
        expect(new Set(granted(rbacManifests(chosen)))).toEqual(new Set(requiredAccess(chosen).map(asked)));
      }),
    );
  });

  test('bind every role to the group, and to the user when there is one', () => {
    const subjects = rbacManifests(options({ user: 'hub', namespaces: ['team-a'] })).flatMap((manifest) =>
      'subjects' in manifest ? [manifest.subjects.map(({ kind, name }) => `${kind} ${name}`)] : [],
    );

    expect(subjects).toEqual([
      ['Group secretcast', 'User hub'],
      ['Group secretcast', 'User hub'],
      ['Group secretcast', 'User hub'],
    ]);
  });

  test('point each binding at the role of its own namespace', () => {
    const bindings = rbacManifests(options({ namespaces: ['team-a'] })).flatMap((manifest) =>
      'roleRef' in manifest ? [tuple(manifest.metadata.namespace, manifest.roleRef.kind, manifest.roleRef.name)] : [],
    );

    expect(bindings).toEqual(['* ClusterRole secretcast', 'team-a Role secretcast', 'default Role secretcast']);
  });
});

const verbsOn = (resource: string, namespaces: readonly string[]): readonly string[] =>
  requiredAccess(options({ namespaces }))
    .filter((need) => need.resource === resource && need.subresource === undefined)
    .map(({ verb }) => verb);

describe('a service for all namespaces', () => {
  test('has one ClusterRole and its binding', () => {
    expect(kinds(rbacManifests(options()))).toEqual(['ClusterRole *', 'ClusterRoleBinding *']);
  });

  test('may make no token', () => {
    expect(requiredAccess(options()).filter(({ resource }) => resource === 'serviceaccounts')).toEqual([]);
  });

  test('makes, changes and deletes ExternalSecrets, for ClusterExternalSecrets', () => {
    expect(new Set(verbsOn('externalsecrets', []))).toEqual(
      new Set(['get', 'list', 'watch', 'patch', 'create', 'update', 'delete']),
    );
  });

  test('makes, changes and deletes PushSecrets, for ClusterPushSecrets', () => {
    expect(new Set(verbsOn('pushsecrets', []))).toEqual(
      new Set(['get', 'list', 'watch', 'patch', 'create', 'update', 'delete']),
    );
  });

  test('may go without what PushSecrets need, and nothing else', () => {
    const optional = requiredAccess(options()).filter((need) => need.optional === true);
    const pushing = requiredAccess(options()).filter(({ resource }) => resource.endsWith('pushsecrets'));

    expect(optional).toEqual(pushing);
  });

  test('never makes, changes or deletes a ClusterExternalSecret, a ClusterPushSecret, a store or a namespace', () => {
    for (const resource of ['clusterexternalsecrets', 'clusterpushsecrets', 'secretstores', 'clustersecretstores'])
      expect(verbsOn(resource, [])).toEqual(['get', 'list', 'watch', 'patch']);
    expect(verbsOn('namespaces', [])).toEqual(['get', 'list', 'watch']);
  });
});

describe('a service for named namespaces', () => {
  const chosen = options({ namespaces: ['team-a', 'team-b', 'team-a'] });

  test('has a Role in each of them once, and in default for events of ClusterSecretStores', () => {
    expect(kinds(rbacManifests(chosen))).toEqual([
      'ClusterRole *',
      'ClusterRoleBinding *',
      'Role team-a',
      'RoleBinding team-a',
      'Role team-b',
      'RoleBinding team-b',
      'Role default',
      'RoleBinding default',
    ]);
  });

  test('may never create, update or delete what another object makes, nor see what reaches into other namespaces', () => {
    for (const resource of ['externalsecrets', 'pushsecrets'])
      expect(new Set(verbsOn(resource, ['team-a']))).toEqual(new Set(['get', 'list', 'watch', 'patch']));
    for (const resource of ['clusterexternalsecrets', 'clusterpushsecrets'])
      expect(verbsOn(resource, ['team-a'])).toEqual([]);
  });

  test('reads Secrets nowhere else', () => {
    const namespaces = requiredAccess(chosen)
      .filter(({ resource }) => resource === 'secrets')
      .map(({ namespace }) => namespace);

    expect(new Set(namespaces)).toEqual(new Set(['team-a', 'team-b']));
  });

  test('has in default nothing but events, unless default is named too', () => {
    const inDefault = (namespaces: readonly string[]) =>
      new Set(
        requiredAccess(options({ namespaces }))
          .filter(({ namespace }) => namespace === 'default')
          .map(({ resource }) => resource),
      );

    expect(inDefault(['team-a'])).toEqual(new Set(['events']));
    expect(inDefault(['default'])).toEqual(
      new Set([
        'externalsecrets',
        'secretstores',
        'ecrauthorizationtokens',
        'stssessiontokens',
        'secrets',
        'configmaps',
        'events',
        'pushsecrets',
      ]),
    );
  });
});

describe('service accounts', () => {
  const serviceAccounts = [
    { namespace: 'infra', name: 'reader' },
    { namespace: 'infra', name: 'writer' },
  ];

  test('are named one by one, in a Role of their namespace', () => {
    const role = rbacManifests(options({ serviceAccounts })).find(({ metadata }) => metadata.namespace === 'infra');

    expect(role).toMatchObject({
      kind: 'Role',
      rules: [
        { resources: ['serviceaccounts'], resourceNames: ['reader', 'writer'], verbs: ['get'] },
        { resources: ['serviceaccounts/token'], resourceNames: ['reader', 'writer'], verbs: ['create'] },
      ],
    });
  });

  test('share the Role of a namespace the service acts in', () => {
    const manifests = rbacManifests(options({ namespaces: ['infra'], serviceAccounts }));

    expect(kinds(manifests).filter((kind) => kind === 'Role infra')).toHaveLength(1);
  });
});

test('every required access says what it is for', () => {
  const all = requiredAccess(options({ serviceAccounts: [{ namespace: 'infra', name: 'reader' }] }));

  for (const { why } of all) expect(why).toMatch(/^[a-z].{15,}/);
});
