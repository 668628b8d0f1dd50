import type { User } from './authentication.ts';
import type { RequestInfo } from './request-info.ts';

/** One request, its sender known. */
export interface ApiRequest {
  readonly method: string;
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly userAgent: string | undefined;
  /** Without its parameters; '' when there is none. */
  readonly mediaType: string;
  readonly body: Buffer;
  readonly user: User;
}

/** A complete answer. Watches are no answers: they are streamed. */
export interface ApiAnswer {
  readonly code: number;
  readonly content: { readonly json: unknown; readonly contentType?: string } | { readonly text: string };
  readonly warnings?: readonly string[];
}
