/** What a request asks for, read from its method and path alone. */
export interface RequestInfo {
  /** Under `/api` or `/apis`, and about a resource. */
  readonly isResource: boolean;
  readonly path: string;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

const METHOD_VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

const isTrue = (value: string | null): boolean => value !== null && !['', '0', 'false'].includes(value);

/** A list of one name is allowed by a rule for that name. */
const nameFromSelector = (query: URLSearchParams): string =>
  /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';

const collectionVerb = (verb: string, query: URLSearchParams): string => {
  if (verb === 'get') return isTrue(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
};

interface Location {
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
}

const locate = (parts: readonly string[]): Location => {
  const [first = '', second = '', third = '', ...rest] = parts;
  const inNamespace =
    first === 'namespaces' && third !== '' && !(NAMESPACE_SUBRESOURCES.includes(third) && rest.length === 0);
  if (inNamespace)
    return { namespace: second, resource: third, name: rest[0] ?? '', subresource: rest.slice(1).join('/') };
  const namespace = first === 'namespaces' ? second : '';
  return { namespace, resource: first, name: second, subresource: parts.slice(2).join('/') };
};

export const readRequestInfo = (method: string, url: URL): RequestInfo => {
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const verb = METHOD_VERBS[method] ?? method.toLowerCase();
  const isCore = parts[0] === 'api';
  const skip = isCore ? 2 : 3;
  if ((!isCore && parts[0] !== 'apis') || parts.length <= skip) {
    const plain = { group: '', version: '', namespace: '', resource: '', subresource: '', name: '' };
    return { isResource: false, path: url.pathname, verb, ...plain };
  }
  const location = locate(parts.slice(skip));
  const onCollection = location.name === '';
  return {
    isResource: true,
    path: url.pathname,
    group: isCore ? '' : (parts[1] ?? ''),
    version: (isCore ? parts[1] : parts[2]) ?? '',
    ...location,
    verb: onCollection ? collectionVerb(verb, url.searchParams) : verb,
    name: onCollection && verb === 'get' ? nameFromSelector(url.searchParams) : location.name,
  };
};

/** True when the path itself names no object: the name may then come from a field selector. */
export const addressesCollection = ({ verb }: RequestInfo): boolean =>
  ['list', 'watch', 'deletecollection', 'create'].includes(verb);
