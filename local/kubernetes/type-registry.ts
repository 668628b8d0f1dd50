import { BUILT_IN_TYPES } from './built-in-types.ts';
import { customType } from './custom-type.ts';
import { isEstablished } from './definition-rules.ts';
import type { ResourceType, TypedVersion } from './resource-type.ts';
import type { Store } from './store.ts';

export const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';

/** Every kind served now: the built-in ones and those of the stored CustomResourceDefinitions. */
export interface TypeRegistry {
  readonly all: () => readonly ResourceType[];
  readonly find: (address: TypeAddress) => TypedVersion | undefined;
}

export interface TypeAddress {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const createTypeRegistry = (store: Store): TypeRegistry => {
  const all = (): readonly ResourceType[] => [
    ...BUILT_IN_TYPES,
    ...store.list(DEFINITIONS, '').filter(isEstablished).map(customType),
  ];
  return {
    all,
    find: ({ group, version, plural }) => {
      const type = all().find((one) => one.group === group && one.plural === plural);
      const served = type?.versions.find((one) => one.name === version && one.served);
      return type === undefined || served === undefined ? undefined : { type, version: served };
    },
  };
};
