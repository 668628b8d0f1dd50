import * as z from 'zod/mini';
import type { WatchEvent } from '../../app/ports/cluster-client.ts';
import type { WatchedKind } from '../../domain/object-ref.ts';
import { PositionExpiredError } from '../../domain/position-expired-error.ts';
import { ClusterUnreachableError } from '../../domain/sync-error.ts';
import { networkCodeOf } from './exchange.ts';
import { parseMirroredObject } from './mirrored-object.ts';
import { parseAnswer } from './parse-answer.ts';

/** How a watch's bytes are read. */
export interface WatchReading {
  readonly kind: WatchedKind;
  /** Opens the response; a watch that stays silent is ended through its signal. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  /** The caller's; ends the iteration without error. */
  readonly signal: AbortSignal;
  /** API servers send a bookmark about once a minute: longer silence means that the connection is dead. */
  readonly silenceMilliseconds: number;
}

/**
 * The events of a watch, until the server or the caller ends it.
 * @throws PositionExpiredError - 410, as an answer or as an event
 * @throws ClusterUnreachableError - silence, an error event, or not a watch's bytes; the caller resumes from its position
 */
export async function* readWatch({
  kind,
  open,
  signal,
  silenceMilliseconds,
}: WatchReading): AsyncGenerator<WatchEvent> {
  const silence = createSilence(silenceMilliseconds);
  try {
    const bytes = await open(AbortSignal.any([signal, silence.signal]));
    for await (const line of linesOf(bytes, silence.heard)) {
      if (signal.aborted) return;
      yield toWatchEvent(kind, line);
    }
  } catch (error) {
    if (signal.aborted) return;
    if (silence.signal.aborted) throw new ClusterUnreachableError(`watching ${kind}: the connection fell silent`);
    if (!endedByServer(error)) throw error;
  } finally {
    silence.stop();
  }
}

const createSilence = (milliseconds: number) => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  return { signal: controller.signal, heard: () => timer.refresh(), stop: () => clearTimeout(timer) };
};

/** A connection closed in the middle is how servers and load balancers end watches, too. */
const endedByServer = (error: unknown): boolean => {
  const code = networkCodeOf(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET';
};

/** Far above the largest object etcd keeps; a server that never ends a line must not fill the memory. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/**
 * Complete lines. A last one without its end is dropped: it was cut off. What came of a line is put together once, at its
 * end: done with each chunk, an endless line would cost the square of its length, and the neighbours their time.
 */
async function* linesOf(bytes: AsyncIterable<Uint8Array>, heard: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    heard();
    const [rest = '', ...starts] = decoder.decode(chunk, { stream: true }).split('\n');
    pieces.push(rest);
    length += rest.length;
    if (length > MAX_LINE_CHARACTERS) throw new ClusterUnreachableError('a watch event is too large');
    for (const start of starts) {
      const line = pieces.join('');
      pieces = [start];
      length = start.length;
      if (line.trim() !== '') yield line;
    }
  }
}

const Event = z.object({ type: z.string(), object: z.unknown() });
const Bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const ErrorStatus = z.object({ code: z.optional(z.number()), reason: z.optional(z.string()) });

const toWatchEvent = (kind: WatchedKind, line: string): WatchEvent => {
  const { type, object } = parseAnswer(Event, parseLine(line), 'watch event');
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'changed', object: parseMirroredObject(kind, object) };
    case 'DELETED':
      return { type: 'deleted', object: parseMirroredObject(kind, object) };
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion: parseAnswer(Bookmark, object, 'bookmark').metadata.resourceVersion };
    default:
      throw toWatchError(kind, object);
  }
};

const toWatchError = (kind: WatchedKind, object: unknown): Error => {
  const { code = 0, reason } = parseAnswer(ErrorStatus, object, 'Status');
  if (code === 410 || reason === 'Expired' || reason === 'Gone')
    return new PositionExpiredError(`watching ${kind}: the position has expired`);
  return new ClusterUnreachableError(`watching ${kind}: the API server ended it with ${code}`);
};

/** `JSON.parse` quotes its input in the error. */
const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
