import * as z from 'zod/mini';
import type { ObjectPage } from '../../app/ports/cluster-client.ts';
import type { WatchedKind } from '../../domain/object-ref.ts';
import { LIST_METADATA } from './accept.ts';
import { parseMirroredObject } from './mirrored-object.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Requester } from './request.ts';
import { RESOURCES } from './resource.ts';

const List = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.optional(z.string()) }),
  items: z.nullable(z.array(z.unknown())),
});

export interface ListRequest {
  readonly kind: WatchedKind;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly limit: number;
  readonly continueToken?: string | undefined;
}

/** One page, from the newest state: without a resourceVersion the API server reads through to what is stored. */
export const listPage = async (requester: Requester, list: ListRequest, signal?: AbortSignal): Promise<ObjectPage> => {
  const { kind, namespace, labelSelector, limit, continueToken } = list;
  const body = await requester.send(
    {
      verb: 'list',
      address: { resource: RESOURCES[kind], namespace },
      query: { labelSelector, limit, continue: continueToken },
      ...(kind === 'Secret' && { accept: LIST_METADATA }),
    },
    signal,
  );
  const { metadata, items } = parseAnswer(List, body, 'list');
  return {
    items: (items ?? []).map((item) => parseMirroredObject(kind, item)),
    resourceVersion: metadata.resourceVersion,
    ...(metadata.continue !== undefined && metadata.continue !== '' && { continueToken: metadata.continue }),
  };
};
