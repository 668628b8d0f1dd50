import type { Engine, Engines } from '../../app/ports/engine.ts';
import type { RemoteSecret } from '../../app/ports/secret-reader.ts';
import type { RemoteWrite, WritePart } from '../../app/ports/secret-writer.ts';
import { checkJson, JsonSyntaxError } from '../../domain/json-grammar.ts';
import { toSecretContent } from '../../domain/push/pushed-value.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { InvalidSecretValueError } from '../../domain/sync-error.ts';

/** Where properties are set: what the secret holds, whatever form it has it in; empty when it holds nothing. */
export const documentOf = ({ text, binary }: Partial<RemoteSecret>): SecretValue =>
  binary ?? text ?? SecretValue.fromText('');

/**
 * What a secret is to hold, given what it holds. The engine is asked for properties alone.
 * @throws InvalidSecretValueError - a property is to go into what is no JSON
 * @throws EngineError - the path asks for too much
 */
export const mergeInto = async (
  held: Partial<RemoteSecret>,
  { property, content, also = [] }: Pick<RemoteWrite, 'property' | 'content' | 'also'>,
  { engines, signal }: { readonly engines: Engines; readonly signal: AbortSignal | undefined },
): Promise<SecretValue> => {
  let engine: Engine | undefined;
  let document = documentOf(held);
  const parts: readonly WritePart[] = [{ property, content }, ...also];
  for (const part of parts) {
    const value = toSecretContent(part.content);
    if (part.property === '') document = value;
    else {
      engine ??= engines.forObject();
      document = await setProperty(engine, { document, property: part.property, value }, signal);
    }
  }
  return document;
};

const setProperty = (
  engine: Engine,
  { document, property, value }: Record<'document' | 'value', SecretValue> & { readonly property: string },
  signal: AbortSignal | undefined,
): Promise<SecretValue> => {
  if (document.size > 0 && !isJson(document))
    throw new InvalidSecretValueError(
      'PushSecret for aws secrets manager with a pushSecretData property requires a json secret',
    );
  return engine.setProperty(document, property, value, signal);
};

export const isJson = (value: SecretValue): boolean => {
  try {
    checkJson(Buffer.from(value.reveal()).toString('latin1'));
    return true;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false;
    throw error;
  }
};
