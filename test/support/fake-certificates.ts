import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SecretValue } from '../../src/domain/secret-value.ts';
import type { FakeAnswer } from './fake-answer.ts';

export interface FakeCertificate {
  readonly certificate: string;
  readonly chain: string;
  readonly key: string;
  /** `Options.Export`; absent: the certificate has no such option. */
  readonly export?: 'ENABLED' | 'DISABLED';
  readonly tags?: Readonly<Record<string, string>>;
}

const pem = (type: string, text: string): string =>
  `-----BEGIN ${type}-----\n${Buffer.from(text).toString('base64')}\n-----END ${type}-----\n`;

/** A certificate that says `name`, whose key is a real one. */
export const fakeCertificate = (name: string, change: Partial<FakeCertificate> = {}): FakeCertificate => ({
  certificate: pem('CERTIFICATE', name),
  chain: pem('CERTIFICATE', `issuer of ${name}`),
  key: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  export: 'ENABLED',
  ...change,
});

/** The certificates of a fake Certificate Manager, by ARN. */
export class FakeCertificates {
  readonly #certificates = new Map<string, FakeCertificate>();

  put(arn: string, certificate: FakeCertificate): void {
    this.#certificates.set(arn, certificate);
  }

  /**
   * ImportCertificate: anew, or in the place of another.
   * @returns its ARN
   */
  import(certificate: FakeCertificate, into?: string): string {
    const arn = into ?? `arn:aws:acm:eu-central-1:111122223333:certificate/${randomUUID()}`;
    this.#certificates.set(arn, certificate);
    return arn;
  }

  tag(arn: string, tags: Readonly<Record<string, string>>): void {
    const found = this.#certificates.get(arn);
    if (found !== undefined) this.#certificates.set(arn, { ...found, tags });
  }

  /** ARNs of those that have all the tags. */
  find(tags: Readonly<Record<string, string>>): readonly string[] {
    return [...this.#certificates].flatMap(([arn, { tags: own = {} }]) =>
      Object.entries(tags).every(([key, value]) => own[key] === value) ? [arn] : [],
    );
  }

  delete(arn: string): void {
    this.#certificates.delete(arn);
  }

  get(arn: string): FakeCertificate | undefined {
    return this.#certificates.get(arn);
  }

  /** What a reader makes of it. */
  read(arn: string): FakeAnswer {
    const found = this.#certificates.get(arn);
    if (found === undefined) return { rejected: `failed to get certificate ${arn}: certificate not found` };
    if (found.export !== 'ENABLED')
      return { rejected: `certificate ${arn} is not exportable (Options.Export is not ENABLED)` };
    const bundle = [found.certificate, found.chain, found.key]
      .map((part) => part.trimEnd())
      .filter((part) => part !== '');
    return { text: SecretValue.fromText(`${bundle.join('\n')}\n`), version: `of ${found.certificate}` };
  }
}
