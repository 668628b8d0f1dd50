import { notAcceptable } from './api-error.ts';

/** In which form objects are wanted, and how they are written. */
export interface Negotiated {
  readonly form: 'object' | 'table' | 'metadata';
  readonly encoding: 'json' | 'yaml';
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export const parseMediaType = (text: string): MediaRange => {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  return {
    type: type.toLowerCase(),
    parameters: new Map(parameters.map((part) => [part.split('=')[0] ?? '', part.split('=')[1] ?? ''])),
  };
};

const FORMS: Readonly<Record<string, Negotiated['form']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

const ENCODINGS: Readonly<Record<string, Negotiated['encoding']>> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
};

const read = ({ type, parameters }: MediaRange): Negotiated | undefined => {
  const encoding = ENCODINGS[type];
  if (encoding === undefined) return undefined;
  const wanted = parameters.get('as');
  if (wanted === undefined) return { form: 'object', encoding };
  const form = parameters.get('g') === 'meta.k8s.io' && parameters.get('v') === 'v1' ? FORMS[wanted] : undefined;
  return form === undefined ? undefined : { form, encoding };
};

/** The first of the accepted forms that is known. @throws ApiError - 406 when none is */
export const negotiate = (accept: string | undefined): Negotiated => {
  if (accept === undefined || accept.trim() === '') return { form: 'object', encoding: 'json' };
  const found = accept
    .split(',')
    .map(parseMediaType)
    .map(read)
    .find((one) => one !== undefined);
  if (found === undefined) throw notAcceptable();
  return found;
};
