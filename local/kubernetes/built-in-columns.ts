import { describeAge } from './ages.ts';
import type { Json, JsonObject } from './json.ts';
import { numberAt, objectAt, objectsAt, stringAt } from './json.ts';
import { nameOf } from './object-meta.ts';
import type { Column } from './resource-type.ts';

type Cell = Column['cell'];

export const column = (name: string, cell: Cell, more: Partial<Column> = {}): Column => ({
  name,
  type: 'string',
  format: '',
  description: '',
  priority: 0,
  cell,
  ...more,
});

export const NAME_COLUMN = column('Name', (object) => nameOf(object), { format: 'name' });

const createdAt: Cell = (object) => stringAt(object, 'metadata', 'creationTimestamp') ?? '<unknown>';
const ageCell: Cell = (object, now) => describeAge(stringAt(object, 'metadata', 'creationTimestamp'), now);

export const AGE_COLUMN = column('Age', ageCell);
export const CREATED_COLUMN = column('Created At', createdAt);

const text =
  (...path: readonly string[]): Cell =>
  (object) =>
    stringAt(object, ...path) ?? '';

const sizeOf =
  (...names: readonly string[]): Cell =>
  (object) =>
    names.reduce((sum, name) => sum + Object.keys(objectAt(object, name)).length, 0);

export const NAMESPACE_COLUMNS = [NAME_COLUMN, column('Status', text('status', 'phase')), AGE_COLUMN];
export const SECRET_COLUMNS = [NAME_COLUMN, column('Type', text('type')), column('Data', sizeOf('data')), AGE_COLUMN];
export const CONFIG_MAP_COLUMNS = [NAME_COLUMN, column('Data', sizeOf('data', 'binaryData')), AGE_COLUMN];
export const PLAIN_COLUMNS = [NAME_COLUMN, AGE_COLUMN];
export const CREATED_COLUMNS = [NAME_COLUMN, CREATED_COLUMN];

const subjects =
  (kind: string): Cell =>
  (object) =>
    objectsAt(object, 'subjects')
      .filter((subject) => stringAt(subject, 'kind') === kind)
      .map((subject) => {
        const namespace = stringAt(subject, 'namespace');
        const name = stringAt(subject, 'name') ?? '';
        return kind === 'ServiceAccount' && namespace !== undefined ? `${namespace}/${name}` : name;
      })
      .join(', ');

export const BINDING_COLUMNS = [
  NAME_COLUMN,
  column('Role', (object) => `${stringAt(object, 'roleRef', 'kind')}/${stringAt(object, 'roleRef', 'name')}`),
  AGE_COLUMN,
  column('Users', subjects('User'), { priority: 1 }),
  column('Groups', subjects('Group'), { priority: 1 }),
  column('ServiceAccounts', subjects('ServiceAccount'), { priority: 1 }),
];

const firstSeen = (object: JsonObject): string | undefined =>
  stringAt(object, 'firstTimestamp') ?? stringAt(object, 'eventTime');

const lastSeen = (object: JsonObject): string | undefined =>
  stringAt(object, 'series', 'lastObservedTime') ?? stringAt(object, 'lastTimestamp') ?? firstSeen(object);

const involved: Cell = (object) => {
  const kind = (stringAt(object, 'involvedObject', 'kind') ?? '').toLowerCase();
  const name = stringAt(object, 'involvedObject', 'name');
  return name === undefined ? kind : `${kind}/${name}`;
};

const source: Cell = (object) => {
  const component = stringAt(object, 'source', 'component') || stringAt(object, 'reportingComponent') || '';
  const host = stringAt(object, 'source', 'host') || stringAt(object, 'reportingInstance') || '';
  return [component, host].filter((part) => part !== '').join(', ');
};

const eventCount: Cell = (object): Json => numberAt(object, 'series', 'count') ?? (numberAt(object, 'count') || 1);

export const EVENT_COLUMNS = [
  column('Last Seen', (object, now) => describeAge(lastSeen(object), now)),
  column('Type', text('type')),
  column('Reason', text('reason')),
  column('Object', involved),
  column('Subobject', text('involvedObject', 'fieldPath'), { priority: 1 }),
  column('Source', source, { priority: 1 }),
  column('Message', (object) => (stringAt(object, 'message') ?? '').trim()),
  column('First Seen', (object, now) => describeAge(firstSeen(object), now), { priority: 1 }),
  column('Count', eventCount, { priority: 1 }),
  column('Name', (object) => nameOf(object), { priority: 1, format: 'name' }),
];
