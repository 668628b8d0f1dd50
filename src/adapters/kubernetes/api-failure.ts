import * as z from 'zod/mini';
import { PositionExpiredError } from '../../domain/position-expired-error.ts';
import {
  ClusterForbiddenError,
  ClusterRejectedError,
  ClusterSilentError,
  ClusterUnreachableError,
  type SyncError,
  WriteConflictError,
} from '../../domain/sync-error.ts';
import { type Address, describeAddress } from './resource.ts';

/** 401: another proof of who asks may help. */
export class UnauthenticatedError extends ClusterForbiddenError {}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** What was attempted. */
export interface Attempt {
  readonly verb: Verb;
  readonly address: Address;
}

/** The parts of a Kubernetes `Status` that are used. */
const Status = z.object({
  reason: z.optional(z.string()),
  message: z.optional(z.string()),
  code: z.optional(z.number()),
  details: z.optional(
    z.object({
      name: z.optional(z.string()),
      kind: z.optional(z.string()),
      causes: z.optional(z.array(z.object({ reason: z.optional(z.string()), field: z.optional(z.string()) }))),
    }),
  ),
});
export type ApiStatus = z.infer<typeof Status>;

/** An answer that is no `Status` (a proxy's page, say) is an empty one. */
export const parseApiStatus = (body: unknown): ApiStatus => Status.safeParse(body).data ?? {};

/** Only the API server itself can prove absence: it names what it did not find. A bare 404 may be any proxy's. */
export const provesAbsence = (code: number, status: ApiStatus, { address }: Attempt): boolean =>
  code === 404 && status.reason === 'NotFound' && address.name !== undefined && status.details?.name === address.name;

/**
 * Our error for an answer that is not a success.
 *
 * A `Status` message may quote what was written: decoders and admission webhooks do. So it never goes on; field paths,
 * reasons, and the names of webhooks, policies and quotas do, as far as they look like such. An ExternalSecret or
 * PushSecret has no value to quote: of a refused one the whole message goes on, for only its author can make sense of it.
 */
export const toClusterError = (attempt: Attempt, code: number, status: ApiStatus): SyncError => {
  const what = `${attempt.verb} ${describeAddress(attempt.address)}`;
  if (code === 401) return new UnauthenticatedError(`${forbidden(attempt)}: the credentials are not accepted`);
  if (code === 403) return new ClusterForbiddenError([forbidden(attempt), ...reasonsOf(status, attempt)].join(': '));
  if (code === 409)
    return new WriteConflictError(`${what}: ${status.reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict'}`);
  if (code === 410) return new PositionExpiredError(`${what}: the position has expired`);
  if (code === 404) return notFound(attempt, status);
  if (code >= 400 && code < 500 && code !== 429)
    return new ClusterRejectedError([`${what} was refused (${code})`, ...reasonsOf(status, attempt)].join(': '));
  const message = `${what}: the API server answered ${code}`;
  return GATEWAY_CODES.has(code) ? new ClusterSilentError(message) : new ClusterUnreachableError(message);
};

/** A 500 is often one object's (a webhook that fails), 429 is a server that lives. */
const GATEWAY_CODES: ReadonlySet<number> = new Set([502, 503, 504]);

const forbidden = ({ verb, address }: Attempt): string => {
  const { resource, namespace, subresource } = address;
  const plural = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const place = resource.namespaced && namespace !== undefined ? `in namespace ${namespace}` : 'cluster-wide';
  return `${verb} ${plural} ${place} is forbidden`;
};

const notFound = (attempt: Attempt, status: ApiStatus): SyncError => {
  const { verb, address } = attempt;
  const what = `${verb} ${describeAddress(address)}`;
  if (provesAbsence(404, status, attempt)) return new WriteConflictError(`${what}: NotFound`);
  if (verb === 'create' && status.reason === 'NotFound' && status.details?.kind === 'namespaces')
    return new ClusterRejectedError(`${what} was refused: the namespace does not exist`);
  const { apiVersion, plural } = address.resource;
  return new ClusterRejectedError(`${what}: the cluster does not serve ${plural} of ${apiVersion}`);
};

/** Resources whose objects name values and hold none. */
const VALUELESS: ReadonlySet<string> = new Set(['externalsecrets', 'pushsecrets']);
const WRITES: ReadonlySet<Verb> = new Set(['create', 'update', 'delete']);

/** Names end at the quote; anything else in such messages is the webhook's own text, and stays out. */
const NAMED_REASONS: readonly { readonly pattern: RegExp; readonly text: string }[] = [
  {
    pattern: /^admission webhook "(?<name>[a-z0-9.-]{1,253})" denied the request/,
    text: 'denied by admission webhook',
  },
  {
    pattern: /ValidatingAdmissionPolicy '(?<name>[a-z0-9.-]{1,253})' .{0,300}denied request/,
    text: 'denied by policy',
  },
  { pattern: /exceeded quota: (?<name>[a-z0-9.-]{1,253}), requested/, text: 'exceeded quota' },
  {
    pattern: /^(?:secrets|events) .{1,600} because it is being terminated$/,
    text: 'the namespace is being terminated',
  },
];
const FIELD = /^[\w.[\]/-]{1,300}$/;
const REASON = /^[A-Za-z]{1,64}$/;

const MAX_MESSAGE_CHARACTERS = 500;

const reasonsOf = (status: ApiStatus, { verb, address }: Attempt): readonly string[] => {
  if (VALUELESS.has(address.resource.plural) && address.subresource === undefined && WRITES.has(verb))
    return status.message === undefined
      ? []
      : [status.message.replaceAll(/\s+/g, ' ').slice(0, MAX_MESSAGE_CHARACTERS)];
  for (const { pattern, text } of NAMED_REASONS) {
    const match = pattern.exec(status.message ?? '');
    if (match !== null) return [[text, match.groups?.['name']].filter((part) => part !== undefined).join(' ')];
  }
  // A webhook sets these as it likes; the API server's own causes come with Invalid alone.
  if (status.reason !== 'Invalid' || status.message?.includes('denied') === true) return [];
  const causes = (status.details?.causes ?? [])
    .filter(({ field, reason }) => FIELD.test(field ?? '') && REASON.test(reason ?? ''))
    .map(({ field = '', reason }) => `${withoutKey(field)} (${reason})`);
  return [...new Set(causes)].slice(0, 5);
};

/** A key that is itself what is wrong may have been made, by a template, out of a value. */
const withoutKey = (field: string): string => field.replace(/^data\[(?![-.\w]{1,253}\]$).*$/, 'data');
