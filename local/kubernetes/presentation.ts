import type { Json, JsonObject } from './json.ts';
import { objectAt, stringAt, without } from './json.ts';
import type { Negotiated } from './negotiation.ts';
import { metadataOf } from './object-meta.ts';
import type { Column, TypedVersion } from './resource-type.ts';

/** How much of each object a table row carries: the parameter `includeObject`. */
export type RowObject = 'None' | 'Metadata' | 'Object';

export interface Presentation {
  readonly target: TypedVersion;
  readonly form: Negotiated['form'];
  readonly rowObject: RowObject;
  readonly now: Date;
}

export const partialMetadata = (object: JsonObject): JsonObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: metadataOf(object),
});

const describeColumn = ({ name, type, format, description, priority }: Column): JsonObject => ({
  name,
  type,
  format,
  description,
  priority,
});

const rowContent = (object: JsonObject, rowObject: RowObject): JsonObject | undefined => {
  if (rowObject === 'None') return undefined;
  return rowObject === 'Object' ? object : partialMetadata(object);
};

const tableRow = (object: JsonObject, { target, rowObject, now }: Presentation): JsonObject => {
  const cells = target.version.columns.map(({ cell }): Json => cell(object, now));
  const content = rowContent(object, rowObject);
  return content === undefined ? { cells } : { cells, object: content };
};

interface TableParts {
  readonly metadata: JsonObject;
  readonly objects: readonly JsonObject[];
  /** Watches describe the columns with their first event only. */
  readonly withColumns: boolean;
}

const table = ({ metadata, objects, withColumns }: TableParts, presentation: Presentation): JsonObject => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
  columnDefinitions: withColumns ? presentation.target.version.columns.map(describeColumn) : null,
  rows: objects.map((object) => tableRow(object, presentation)),
});

export const presentObject = (object: JsonObject, presentation: Presentation, withColumns = true): JsonObject => {
  if (presentation.form === 'metadata') return partialMetadata(object);
  if (presentation.form === 'object') return object;
  const metadata = { resourceVersion: stringAt(object, 'metadata', 'resourceVersion') ?? '' };
  return table({ metadata, objects: [object], withColumns }, presentation);
};

export const presentList = (list: JsonObject, items: readonly JsonObject[], presentation: Presentation): JsonObject => {
  if (presentation.form === 'object') {
    return {
      ...list,
      items: presentation.target.type.custom ? items : items.map((item) => without(item, 'kind', 'apiVersion')),
    };
  }
  const metadata = objectAt(list, 'metadata');
  if (presentation.form === 'table') {
    const shown = metadata['continue'] === '' ? without(metadata, 'continue') : metadata;
    return table({ metadata: shown, objects: items, withColumns: true }, presentation);
  }
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    items: items.map(partialMetadata),
  };
};

export const readRowObject = (query: URLSearchParams): RowObject => {
  const wanted = query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
};
