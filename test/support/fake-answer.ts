import type { RemoteSecret } from '../../src/app/ports/secret-reader.ts';
import type { SecretValue } from '../../src/domain/secret-value.ts';

/** What a fake store says to one call. */
export type FakeAnswer<T = RemoteSecret> = T | 'not-found' | { readonly rejected: string };

export type FakeTags = FakeAnswer<SecretValue>;
