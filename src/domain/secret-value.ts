import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * The bytes of one secret. They cannot be printed: as text, as JSON and in a debugger's dump the value is `[redacted]`.
 * The only way out is {@link reveal} and {@link revealText}, called by writers and by rules that look inside.
 */
export class SecretValue {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The value of a text secret, as UTF-8. */
  static fromText(text: string): SecretValue {
    return new SecretValue(new TextEncoder().encode(text));
  }

  /** The value of a binary secret. The bytes are copied: changing them afterwards does not change the secret. */
  static fromBytes(bytes: Uint8Array): SecretValue {
    return new SecretValue(Uint8Array.from(bytes));
  }

  /** Length in bytes. */
  get size(): number {
    return this.#bytes.length;
  }

  /** A copy of the bytes. */
  reveal(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** The bytes read as UTF-8; what is not UTF-8 becomes U+FFFD. A byte order mark is kept. */
  revealText(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#bytes);
  }

  equals(other: SecretValue): boolean {
    return Buffer.compare(this.#bytes, other.#bytes) === 0;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
