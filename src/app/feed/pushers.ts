import { selectsLabels } from '../../domain/label-selector.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import type { ServedRef } from '../../domain/object-ref.ts';
import { type PushInterest, pushesTo, pushInterestOf } from '../../domain/push/push-interest.ts';

/** A PushSecret, as the feed knows it. */
export interface Pusher {
  readonly object: MirroredObject;
  readonly interest: PushInterest;
}

export const toPusher = (object: MirroredObject): Pusher => ({ object, interest: pushInterestOf(object) });

/** A Secret that changed. Secrets are not mirrored: nobody here knows what its labels were before. */
export interface SeenSecret {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * A PushSecret that a Secret may concern. `source`: it is what is pushed. `unselected`: its labels are not asked for; it
 * was pushed, perhaps, when it had others. `other`: the Secret is not what is pushed, but shapes it.
 */
export interface Concerned {
  readonly ref: ServedRef;
  readonly as: 'source' | 'unselected' | 'other';
}

export const pushersConcerned = (pushers: readonly Pusher[], secret: SeenSecret): readonly Concerned[] =>
  pushers
    .filter(({ object }) => object.ref.namespace === secret.namespace)
    .flatMap((pusher) => {
      const as = concernOf(pusher.interest, secret);
      return as === undefined ? [] : [{ ref: toRef(pusher), as }];
    });

const concernOf = (
  { source, selector, secrets }: PushInterest,
  { name, labels }: SeenSecret,
): Concerned['as'] | undefined => {
  if (secrets.includes(name)) return 'other';
  if (selector === undefined) return source === name ? 'source' : undefined;
  return selectsLabels(selector, labels) ? 'source' : 'unselected';
};

/** Those that push to one of these stores, as it is or was. */
export const pushersTo = (
  pushers: readonly Pusher[],
  stores: readonly Pick<MirroredObject, 'ref' | 'labels'>[],
): readonly ServedRef[] =>
  pushers
    .filter(({ object, interest }) => stores.some((store) => pushesTo(interest, object.ref.namespace, store)))
    .map(toRef);

const toRef = ({ object: { ref } }: Pusher): ServedRef => ({
  kind: 'PushSecret',
  namespace: ref.namespace,
  name: ref.name,
});
