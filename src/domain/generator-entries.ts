import type { ExternalSecret } from './external-secret.ts';
import type { GeneratorRef } from './generator-ref.ts';
import { validateKeys } from './secret-keys.ts';
import type { SecretValue } from './secret-value.ts';

/** One `dataFrom[].sourceRef.generatorRef`. */
export interface GeneratorEntry {
  /** As the reference's messages name it. */
  readonly label: string;
  /** Its place in the order in which entries are applied. */
  readonly position: number;
  readonly generator: GeneratorRef;
}

export const generatorEntries = (es: ExternalSecret): readonly GeneratorEntry[] =>
  es.dataFrom.flatMap(({ generator }, position) =>
    generator === undefined
      ? []
      : [{ label: `spec.dataFrom[${position}].sourceRef.generatorRef`, position, generator }],
  );

/**
 * Keys and values that an entry contributes. What is generated is neither converted nor decoded.
 * @throws InvalidSecretValueError - an illegal key
 */
export const generatedValues = (values: ReadonlyMap<string, SecretValue>): ReadonlyMap<string, SecretValue> =>
  validateKeys(values);
