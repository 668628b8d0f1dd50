import type { ExternalSecret } from './external-secret.ts';
import type { GeneratorRef } from './generator-ref.ts';
import type { RewriteOperation } from './rewrite.ts';

/** One `dataFrom[].sourceRef.generatorRef`. */
export interface GeneratorEntry {
  /** As the reference's messages name it. */
  readonly label: string;
  /** Its place in the order in which entries are applied. */
  readonly position: number;
  readonly generator: GeneratorRef;
  readonly rewrite: readonly RewriteOperation[];
}

export const generatorEntries = (es: ExternalSecret): readonly GeneratorEntry[] =>
  es.dataFrom.flatMap(({ generator, rewrite }, position) =>
    generator === undefined
      ? []
      : [{ label: `spec.dataFrom[${position}].sourceRef.generatorRef`, position, generator, rewrite }],
  );
