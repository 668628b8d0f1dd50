import fc from 'fast-check';

/** What an ExternalSecret of the model asks for. Its key `a` comes from the remote key `prod/a` under the store's prefix. */
export interface ModelSpec {
  readonly keys: readonly string[];
  readonly creationPolicy: 'Owner' | 'Orphan' | 'Merge' | 'CreateOrMerge';
  readonly deletionPolicy: 'Retain' | 'Merge' | 'Delete';
  readonly refreshPolicy: 'Periodic' | 'OnChange' | 'CreatedOnce';
  readonly target: string;
}

export type ObjectName = 'db' | 'web';

/** When the service hears of a change at the provider. */
export type Telling = 'at once' | 'late' | 'never';

/** A change of the provider, of a target, or of an object, that falls between two calls of passes under way. */
export interface Meanwhile {
  readonly afterCalls: number;
  readonly change: Extract<Step, { type: 'put' | 'delete' | 'edit' | 'apply' }>;
}

/** One thing that happens. */
export type Step =
  | { readonly type: 'put'; readonly key: string; readonly told: Telling; readonly staleReads: number }
  | { readonly type: 'delete'; readonly key: string; readonly told: Telling }
  | { readonly type: 'prefix'; readonly prefix: string }
  | { readonly type: 'apply'; readonly object: ObjectName; readonly spec: ModelSpec }
  /** `db` gets its other target, and stays as it is otherwise. */
  | { readonly type: 'rename' }
  | { readonly type: 'remove'; readonly object: ObjectName }
  | { readonly type: 'edit'; readonly target: string; readonly key: string }
  | { readonly type: 'strip' | 'drop target'; readonly target: string }
  | { readonly type: 'deny' | 'heal' }
  | { readonly type: 'throttle' | 'silence'; readonly calls: number }
  /** The next such call takes effect, and its answer is lost. */
  | { readonly type: 'lose answer'; readonly call: 'createSecret' | 'replaceSecret' | 'deleteSecret' | 'replaceStatus' }
  | { readonly type: 'conflict'; readonly target: string }
  | { readonly type: 'crash'; readonly afterCalls: number }
  | { readonly type: 'duplicate' | 'lose' }
  | { readonly type: 'shuffle'; readonly order: readonly number[] }
  | { readonly type: 'run' }
  /** All that waits at the same time, with pauses in which others go on, and changes in the middle of it. */
  | { readonly type: 'run together'; readonly pauses: readonly number[]; readonly meanwhile: readonly Meanwhile[] }
  | { readonly type: 'wait'; readonly seconds: number };

export const KEYS = ['a', 'b'];
const TARGETS: Readonly<Record<ObjectName, readonly string[]>> = { db: ['db', 'db-two'], web: ['web'] };
export const FOREIGN_KEYS = ['f', 'g'];
export const PREFIXES = ['', 'alt/'];

const remoteKey = fc
  .tuple(fc.constantFrom('', '', '', '', ...PREFIXES), fc.constantFrom(...KEYS))
  .map(([prefix, key]) => `${prefix}prod/${key}`);
const told = fc.constantFrom<Telling>('at once', 'at once', 'late', 'never');
const anyTarget = fc.constantFrom(...Object.values(TARGETS).flat());

const spec = (object: ObjectName): fc.Arbitrary<ModelSpec> =>
  fc
    .record({
      keys: fc.subarray(KEYS, { minLength: 1 }),
      creationPolicy: fc.constantFrom('Owner', 'Owner', 'Orphan', 'Merge', 'CreateOrMerge'),
      deletionPolicy: fc.constantFrom('Retain', 'Merge', 'Delete'),
      refreshPolicy: fc.constantFrom('Periodic', 'Periodic', 'Periodic', 'Periodic', 'OnChange', 'CreatedOnce'),
      target: fc.constantFrom(...TARGETS[object]),
    })
    .map((made) => ({
      ...made,
      // Any other combination is refused by admission.
      deletionPolicy:
        made.deletionPolicy === 'Delete' && made.creationPolicy !== 'Owner' ? 'Retain' : made.deletionPolicy,
    }));

const apply = fc
  .constantFrom<ObjectName>('db', 'db', 'web')
  .chain((object) => spec(object).map((made) => ({ type: 'apply' as const, object, spec: made })));

const put = fc.record({
  type: fc.constant('put' as const),
  key: remoteKey,
  told,
  staleReads: fc.constantFrom(0, 0, 0, 1, 3),
});
const remoteDeletion = fc.record({ type: fc.constant('delete' as const), key: remoteKey, told });
const edit = fc.record({
  type: fc.constant('edit' as const),
  target: anyTarget,
  key: fc.constantFrom(...KEYS, ...FOREIGN_KEYS),
});
const meanwhile = fc.record({
  afterCalls: fc.integer({ min: 1, max: 30 }),
  change: fc.oneof(put, put, remoteDeletion, edit, edit, apply),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: put },
  { weight: 2, arbitrary: remoteDeletion },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('prefix'), prefix: fc.constantFrom(...PREFIXES) }) },
  { weight: 5, arbitrary: apply },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('rename') }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('remove'), object: fc.constantFrom<ObjectName>('db', 'web') }),
  },
  { weight: 4, arbitrary: edit },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('strip', 'drop target'), target: anyTarget }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('deny', 'heal') }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('throttle', 'silence'), calls: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('lose answer'),
      call: fc.constantFrom('createSecret', 'replaceSecret', 'deleteSecret', 'replaceStatus'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('conflict'), target: anyTarget }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('crash'), afterCalls: fc.integer({ min: 1, max: 25 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('duplicate', 'lose') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('shuffle'), order: fc.array(fc.nat(9), { maxLength: 5 }) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('run') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('run together'),
      pauses: fc.array(fc.nat(3), { maxLength: 30 }),
      meanwhile: fc.array(meanwhile, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('wait'), seconds: fc.constantFrom(1, 5, 70, 600, 4_000) }),
  },
);

/** Each begins with an object to work on. */
export const sequences: fc.Arbitrary<readonly Step[]> = fc
  .tuple(spec('db'), fc.array(step, { minLength: 1, maxLength: 30 }))
  .map(([first, rest]) => [
    { type: 'put', key: 'prod/a', told: 'never', staleReads: 0 },
    { type: 'apply', object: 'db', spec: first },
    ...rest,
  ]);
