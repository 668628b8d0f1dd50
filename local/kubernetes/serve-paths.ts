import { ApiError } from './api-error.ts';
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import type { Cluster } from './cluster-state.ts';
import {
  AGGREGATED_TYPE,
  CORE_VERSIONS,
  describeAggregated,
  describeGroups,
  describeResources,
  findGroup,
  VERSION_INFO,
  wantsAggregated,
} from './discovery.ts';
import type { Json } from './json.ts';
import { describeDocuments, describeSchemas } from './open-api.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

export interface PathDeps {
  readonly cluster: Cluster;
  readonly tokens: ServiceAccountTokens;
  readonly issuer: string;
}

const HEALTH_PATHS = ['/healthz', '/livez', '/readyz'];

const NOT_FOUND: ApiAnswer = { code: 404, content: { text: '404 page not found\n' } };

const answer = (json: Json | undefined): ApiAnswer =>
  json === undefined ? NOT_FOUND : { code: 200, content: { json } };

const serveRoots = ({ info, accept }: ApiRequest, { cluster }: PathDeps): ApiAnswer => {
  const types = cluster.types.all();
  const isCore = info.path.replace(/\/$/, '') === '/api';
  if (wantsAggregated(accept)) {
    return { code: 200, content: { json: describeAggregated(types, isCore), contentType: AGGREGATED_TYPE } };
  }
  return answer(isCore ? CORE_VERSIONS : describeGroups(types));
};

const serveDiscovery = (request: ApiRequest, deps: PathDeps): ApiAnswer => {
  const [root, ...rest] = request.info.path.split('/').filter((part) => part !== '');
  if (rest.length === 0) return serveRoots(request, deps);
  const types = deps.cluster.types.all();
  const [first = '', second = ''] = rest;
  if (root === 'api') return answer(describeResources(types, '', first));
  return answer(rest.length === 1 ? findGroup(types, first) : describeResources(types, first, second));
};

const serveOpenApi = ({ info }: ApiRequest, { cluster }: PathDeps): ApiAnswer => {
  const parts = info.path.split('/').filter((part) => part !== '');
  if (parts[1] !== 'v3') return NOT_FOUND;
  const types = cluster.types.all();
  if (parts.length === 2) return answer(describeDocuments(types, cluster.store.currentVersion()));
  const [, , root, first = '', second = ''] = parts;
  return answer(root === 'api' ? describeSchemas(types, '', first) : describeSchemas(types, first, second));
};

const serveIssuer = (issuer: string): ApiAnswer =>
  answer({
    issuer,
    jwks_uri: `${issuer}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  });

/** Requests that are not about a resource: health, version, discovery, OpenAPI, the token issuer. */
export const servePath = async (request: ApiRequest, deps: PathDeps): Promise<ApiAnswer> => {
  const { path } = request.info;
  if (request.method !== 'GET') return NOT_FOUND;
  if (HEALTH_PATHS.some((known) => path === known || path.startsWith(`${known}/`)))
    return { code: 200, content: { text: 'ok' } };
  if (path === '/version' || path === '/version/') return answer(VERSION_INFO);
  if (path === '/api' || path.startsWith('/api/') || path === '/apis' || path.startsWith('/apis/'))
    return serveDiscovery(request, deps);
  if (path.startsWith('/openapi/')) return serveOpenApi(request, deps);
  if (path === '/.well-known/openid-configuration') return serveIssuer(deps.issuer);
  if (path === '/openid/v1/jwks') return answer(await deps.tokens.keys());
  return NOT_FOUND;
};

/** Where a fault of this server is: its message could hold values, so it is left out. */
export const describeFailure = (error: unknown): string =>
  error instanceof Error ? `${error.name} ${error.stack?.split('\n')[1]?.trim()}` : 'unknown';

export const errorAnswer = (error: unknown): ApiAnswer => {
  if (error instanceof ApiError) return { code: error.code, content: { json: error.status } };
  const message = describeFailure(error);
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'InternalError',
    message,
    code: 500,
  };
  return { code: 500, content: { json: status } };
};
