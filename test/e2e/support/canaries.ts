import { randomBytes } from 'node:crypto';

/** A value that occurs nowhere else in the world. */
export interface Canary {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const textCanary = (name: string): Canary & { readonly text: string } => {
  const text = `canary${randomBytes(15).toString('hex')}`;
  return { name, text, bytes: Buffer.from(text) };
};

export const binaryCanary = (name: string): Canary => ({ name, bytes: randomBytes(24) });

export const knownCanary = (name: string, text: string): Canary => ({ name, bytes: Buffer.from(text) });

/** Inside other base64 a value begins at one of three places; its outer characters then depend on its neighbours. */
const base64Inside = (bytes: Uint8Array): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return shifted.slice(offset === 0 ? 0 : 4, -1);
  });

/** A piece is as bad as the whole: what truncates or wraps a text must not hide it. */
const pieces = (text: string): readonly string[] => [text.slice(0, 16), text.slice(-16)];

/** Every way in which a text may hold it. */
export const formsOf = ({ bytes }: Canary): readonly string[] => {
  const buffer = Buffer.from(bytes);
  const inside = base64Inside(bytes);
  return [
    ...pieces(buffer.toString('latin1')),
    ...pieces(JSON.stringify(buffer.toString()).slice(1, -1)),
    ...inside,
    ...inside.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ...pieces(buffer.toString('hex')),
    [...buffer.subarray(0, 8)].join(','),
  ];
};

/** What is where it must not be: `JSON member in the log of reconcile`. */
export const findCanaries = (
  places: Readonly<Record<string, string>>,
  canaries: readonly Canary[],
): readonly string[] =>
  Object.entries(places).flatMap(([place, text]) =>
    canaries
      .filter((canary) => formsOf(canary).some((form) => text.includes(form)))
      .map(({ name }) => `${name} in ${place}`),
  );
