import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import { unknownPath } from './api-error.ts';
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import type { AuditedRequest, AuditLog } from './audit-log.ts';
import type { Authenticate, User } from './authentication.ts';
import type { Authorize } from './authorization.ts';
import { attemptOf, refusal } from './authorization.ts';
import { BUILT_IN_TYPES } from './built-in-types.ts';
import type { JsonObject } from './json.ts';
import { isObject, stringAt } from './json.ts';
import { negotiate, parseMediaType } from './negotiation.ts';
import { parseObjectBody, readBody } from './request-body.ts';
import type { RequestInfo } from './request-info.ts';
import { readRequestInfo } from './request-info.ts';
import { REVIEWS } from './reviews.ts';
import type { PathDeps } from './serve-paths.ts';
import { describeFailure, errorAnswer, servePath } from './serve-paths.ts';
import type { ResourceDeps } from './serve-resources.ts';
import { readPresentation, serveResource } from './serve-resources.ts';
import { watchObjects } from './watch-objects.ts';

export interface ApiServerDeps extends PathDeps, ResourceDeps {
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
  readonly audit: AuditLog;
  readonly bookmarkIntervalSeconds: number;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly received: Date;
}

const isBuiltInGroup = (group: string): boolean => BUILT_IN_TYPES.some((type) => type.group === group);

const NOT_SERVED: ApiAnswer = { code: 404, content: { text: '404 page not found\n' } };

const writeHeaders = ({ outgoing }: Exchange, warnings: readonly string[] = []): void => {
  if (warnings.length > 0)
    outgoing.setHeader(
      'Warning',
      warnings.map((text) => `299 - ${JSON.stringify(text)}`),
    );
  outgoing.setHeader('Cache-Control', 'no-cache, private');
};

/** What a POST created is named in its answer. */
const namedAfter = (info: RequestInfo, { content }: ApiAnswer): RequestInfo => {
  if (info.verb !== 'create' || info.name !== '' || 'text' in content || !isObject(content.json)) return info;
  return { ...info, name: stringAt(content.json, 'metadata', 'name') ?? '' };
};

const logRequest = (
  exchange: Exchange,
  { audit }: ApiServerDeps,
  outcome: Pick<AuditedRequest, 'user' | 'code'>,
): void =>
  audit.write({
    info: exchange.info,
    uri: exchange.incoming.url ?? '',
    userAgent: exchange.incoming.headers['user-agent'],
    received: exchange.received,
    ...outcome,
  });

const wantsYaml = (accept: string | undefined): boolean => {
  try {
    return negotiate(accept).encoding === 'yaml';
  } catch {
    return false;
  }
};

const send = (exchange: Exchange, { code, content, warnings }: ApiAnswer): void => {
  const { outgoing, incoming } = exchange;
  writeHeaders(exchange, warnings);
  outgoing.statusCode = code;
  if ('text' in content) {
    outgoing.setHeader('Content-Type', 'text/plain; charset=utf-8');
    outgoing.end(content.text);
    return;
  }
  const yaml = content.contentType === undefined && wantsYaml(incoming.headers.accept);
  outgoing.setHeader('Content-Type', content.contentType ?? (yaml ? 'application/yaml' : 'application/json'));
  outgoing.end(yaml ? stringify(content.json) : `${JSON.stringify(content.json)}\n`);
};

const readRequest = async ({ incoming, info, query }: Exchange, user: User): Promise<ApiRequest> => ({
  method: incoming.method ?? 'GET',
  info,
  query,
  accept: incoming.headers.accept,
  userAgent: incoming.headers['user-agent'],
  mediaType: parseMediaType(incoming.headers['content-type'] ?? '').type,
  body: await readBody(incoming),
  user,
});

/** Streams events as lines; the audit line is written when the stream ends. */
const streamWatch = (exchange: Exchange, request: ApiRequest, deps: ApiServerDeps): boolean => {
  const { info, query } = request;
  const target = deps.cluster.types.find({ group: info.group, version: info.version, plural: info.resource });
  if (target === undefined) return false;
  const presentation = readPresentation(request, target, deps.cluster.now());
  const { outgoing } = exchange;
  const { deprecation } = target.version;
  let started = false;
  const start = (): void => {
    if (started) return;
    started = true;
    writeHeaders(exchange, deprecation === undefined ? [] : [deprecation]);
    outgoing.writeHead(200, { 'Content-Type': 'application/json' });
    outgoing.flushHeaders();
    outgoing.once('close', () => logRequest(exchange, deps, { user: request.user, code: 200 }));
  };
  const { bookmarkIntervalSeconds } = deps;
  watchObjects(
    deps.cluster,
    { namespace: info.namespace, query, presentation, bookmarkIntervalSeconds },
    {
      send: (event: JsonObject) => {
        start();
        outgoing.write(`${JSON.stringify(event)}\n`);
      },
      close: () => {
        start();
        outgoing.end();
      },
      onClose: (callback) => outgoing.once('close', callback),
    },
  );
  start();
  return true;
};

const answerRequest = async (request: ApiRequest, deps: ApiServerDeps): Promise<ApiAnswer> => {
  const { info } = request;
  if (!info.isResource) return servePath(request, deps);
  const review = REVIEWS[`${info.group}/${info.resource}`];
  if (review !== undefined) {
    const body = parseObjectBody(request.body, request.mediaType);
    const json = await review.answer({ user: request.user, body: isObject(body) ? body : {} }, deps);
    return { code: 201, content: { json } };
  }
  const target = deps.cluster.types.find({ group: info.group, version: info.version, plural: info.resource });
  if (target === undefined && isBuiltInGroup(info.group)) throw unknownPath();
  return target === undefined ? NOT_SERVED : serveResource(request, target, deps);
};

const handle = async (exchange: Exchange, deps: ApiServerDeps): Promise<void> => {
  let user: User | undefined;
  let answer: ApiAnswer;
  try {
    user = await deps.authenticate(exchange.incoming.headers.authorization);
    const attempt = attemptOf(user, exchange.info);
    if (!deps.authorize(attempt)) throw refusal(attempt);
    const request = await readRequest(exchange, user);
    if (exchange.info.verb === 'watch' && streamWatch(exchange, request, deps)) return;
    answer = await answerRequest(request, deps);
  } catch (error) {
    answer = errorAnswer(error);
  }
  logRequest({ ...exchange, info: namedAfter(exchange.info, answer) }, deps, { user, code: answer.code });
  send(exchange, answer);
};

/** The request listener of the server. */
export const createApiServer =
  (deps: ApiServerDeps) =>
  (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const url = new URL(incoming.url ?? '/', 'https://localhost');
    const info = readRequestInfo(incoming.method ?? 'GET', url);
    const exchange = { incoming, outgoing, info, query: url.searchParams, received: new Date() };
    handle(exchange, deps).catch((error: unknown) => {
      process.stderr.write(`${describeFailure(error)}\n`);
      outgoing.destroy();
    });
  };
