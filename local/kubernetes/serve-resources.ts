import { badRequest, methodNotAllowed } from './api-error.ts';
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import type { Cluster } from './cluster-state.ts';
import type { ObjectRequest } from './create-object.ts';
import { createObject } from './create-object.ts';
import { decodeObject } from './decode-object.ts';
import { deleteObject, readDeleteOptions } from './delete-object.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { listObjects } from './list-objects.ts';
import { negotiate } from './negotiation.ts';
import { nameOf, namespaceOf } from './object-meta.ts';
import { patchObject } from './patch-object.ts';
import type { Presentation } from './presentation.ts';
import { presentList, presentObject, readRowObject } from './presentation.ts';
import { parseObjectBody, parsePatchBody } from './request-body.ts';
import type { TypedVersion } from './resource-type.ts';
import { parseSelectors } from './selectors.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { serveObject } from './stored-object.ts';
import { getStored, updateObject } from './update-object.ts';
import { judgeUnknownFields, readWriteOptions, requireFieldManager } from './write-options.ts';

export interface ResourceDeps {
  readonly cluster: Cluster;
  readonly tokens: ServiceAccountTokens;
}

interface Call {
  readonly request: ApiRequest;
  readonly target: TypedVersion;
  readonly presentation: Presentation;
  readonly objectRequest: ObjectRequest;
}

type Handler = (call: Call, deps: ResourceDeps) => ApiAnswer | Promise<ApiAnswer>;

export const readPresentation = (request: ApiRequest, target: TypedVersion, now: Date): Presentation => ({
  target,
  form: negotiate(request.accept).form,
  rowObject: readRowObject(request.query),
  now,
});

const shown = (object: JsonObject, { presentation }: Call, code = 200): ApiAnswer => ({
  code,
  content: { json: object['kind'] === 'Status' ? object : presentObject(object, presentation) },
});

const get: Handler = (call, { cluster }) =>
  shown(serveObject(getStored(cluster, call.objectRequest), call.target), call);

const list: Handler = ({ request, target, presentation }, { cluster }) => {
  const { list: head, items } = listObjects(cluster, {
    target,
    namespace: request.info.namespace,
    query: request.query,
  });
  return { code: 200, content: { json: presentList(head, items, presentation) } };
};

const issueToken: Handler = async ({ request }, { tokens }) => {
  const body = parseObjectBody(request.body, request.mediaType);
  const { namespace, name } = request.info;
  return { code: 201, content: { json: await tokens.issue({ namespace, name, body: isObject(body) ? body : {} }) } };
};

const create: Handler = (call, deps) => {
  const { request, target, objectRequest } = call;
  if (objectRequest.name !== '') {
    if (request.info.subresource === 'token') return issueToken(call, deps);
    throw methodNotAllowed();
  }
  const { object, unknown } = decodeObject(parseObjectBody(request.body, request.mediaType), target);
  const warnings = judgeUnknownFields(unknown, objectRequest.options, target);
  return { ...shown(createObject(deps.cluster, objectRequest, object), call, 201), warnings };
};

const update: Handler = (call, { cluster }) => {
  const { request, target, objectRequest } = call;
  const { object, unknown } = decodeObject(parseObjectBody(request.body, request.mediaType), target);
  const warnings = judgeUnknownFields(unknown, objectRequest.options, target);
  return { ...shown(updateObject(cluster, objectRequest, object), call), warnings };
};

const patch: Handler = (call, { cluster }) => {
  const { request, objectRequest } = call;
  if (request.mediaType === 'application/apply-patch+yaml') requireFieldManager(request.query);
  const content = parsePatchBody(request.body, request.mediaType);
  const { object, created, warnings } = patchObject(cluster, objectRequest, {
    mediaType: request.mediaType,
    content,
    text: request.body.toString(),
  });
  return { ...shown(object, call, created ? 201 : 200), warnings };
};

const deleteBody = ({ body, mediaType }: ApiRequest): Json | undefined =>
  body.length === 0 ? undefined : parseObjectBody(body, mediaType);

const remove: Handler = (call, { cluster }) => {
  const { request, objectRequest } = call;
  const options = readDeleteOptions(deleteBody(request), request.query);
  return shown(deleteObject(cluster, objectRequest, options), call);
};

const removeCollection: Handler = (call, { cluster }) => {
  const { request, target, objectRequest, presentation } = call;
  const options = readDeleteOptions(deleteBody(request), request.query);
  const matches = parseSelectors(request.query, target);
  const { list: head, items } = listObjects(cluster, {
    target,
    namespace: request.info.namespace,
    query: request.query,
  });
  const removed = items.filter(matches);
  for (const object of removed) {
    deleteObject(cluster, { ...objectRequest, namespace: namespaceOf(object), name: nameOf(object) }, options);
  }
  return { code: 200, content: { json: presentList(head, removed, presentation) } };
};

const handlers: Readonly<Record<string, Handler>> = {
  get,
  list,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeCollection,
};

const servesSubresource = ({ info, method }: ApiRequest, { type, version }: TypedVersion): boolean => {
  const { subresource } = info;
  if (subresource === '') return true;
  if (subresource === 'status') return version.hasStatus && ['GET', 'PUT', 'PATCH'].includes(method);
  return method === 'POST' && type.subresources.includes(subresource);
};

/** Serves every verb but watch on a known resource. @throws ApiError */
export const serveResource = async (
  request: ApiRequest,
  target: TypedVersion,
  deps: ResourceDeps,
): Promise<ApiAnswer> => {
  const { info, query } = request;
  const handle = handlers[info.verb];
  if (handle === undefined || !servesSubresource(request, target)) throw methodNotAllowed();
  if (info.name === '' && ['update', 'patch'].includes(info.verb)) throw badRequest('name must be provided');
  const isCollection = ['list', 'create', 'deletecollection'].includes(info.verb) && info.subresource === '';
  const objectRequest: ObjectRequest = {
    target,
    namespace: info.namespace,
    name: isCollection ? '' : info.name,
    subresource: info.subresource,
    options: readWriteOptions(query, request.userAgent),
  };
  const presentation = readPresentation(request, target, deps.cluster.now());
  const result = await handle({ request, target, presentation, objectRequest }, deps);
  const { deprecation } = target.version;
  return deprecation === undefined ? result : { ...result, warnings: [deprecation, ...(result.warnings ?? [])] };
};
