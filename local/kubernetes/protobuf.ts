import { badRequest } from './api-error.ts';
import type { Json, JsonObject } from './json.ts';
import { listAt, objectAt } from './json.ts';
import type { Field, FieldType, Message } from './protobuf-messages.ts';
import { MESSAGES } from './protobuf-messages.ts';

/** kubectl and clients written in Go send built-in kinds in this form: four bytes, then a message around the object. */
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const VARINT = 0;
const LENGTH = 2;

interface RawField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

const readVarint = (buffer: Buffer, start: number): readonly [bigint, number] => {
  let result = 0n;
  for (let index = start; index < buffer.length; index += 1) {
    const byte = buffer[index] ?? 0;
    result |= BigInt(byte & 0x7f) << BigInt(7 * (index - start));
    if (byte < 0x80) return [BigInt.asIntN(64, result), index + 1];
  }
  throw badRequest('proto: unexpected EOF');
};

/** The fields of a message, in the order they were written. @throws ApiError - 400 */
const readFields = (buffer: Buffer): readonly RawField[] => {
  const fields: RawField[] = [];
  let at = 0;
  while (at < buffer.length) {
    const [tag, afterTag] = readVarint(buffer, at);
    const number = Number(tag >> 3n);
    const [value, afterValue] = readVarint(buffer, afterTag);
    const wire = Number(tag & 7n);
    if (wire === VARINT) fields.push({ number, value });
    else if (wire === LENGTH) fields.push({ number, value: buffer.subarray(afterValue, afterValue + Number(value)) });
    else throw badRequest(`proto: illegal wireType ${wire}`);
    at = wire === VARINT ? afterValue : afterValue + Number(value);
  }
  return fields;
};

const readTime = (buffer: Buffer): Json => {
  const seconds = readFields(buffer).find(({ number }) => number === 1)?.value;
  if (typeof seconds !== 'bigint' || seconds <= 0n) return null;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`;
};

const readEntry = (buffer: Buffer, type: FieldType): readonly [string, Json] => {
  const fields = readFields(buffer);
  const key = fields.find(({ number }) => number === 1)?.value;
  const value = fields.find(({ number }) => number === 2)?.value;
  return [Buffer.isBuffer(key) ? key.toString() : '', readValue(value ?? Buffer.alloc(0), type)];
};

const readValue = (value: bigint | Buffer, type: FieldType): Json => {
  if (typeof value === 'bigint') return type === 'bool' ? value !== 0n : Number(value);
  if (type === 'string') return value.toString();
  if (type === 'bytes') return value.toString('base64');
  if (type === 'json') return JSON.parse(readFields(value)[0]?.value.toString() ?? '{}');
  if (type === 'time') return readTime(value);
  return typeof type === 'object' ? readMessage(value, type) : null;
};

const isUnset = (value: Json): boolean => value === '' || value === 0 || value === null;

const bytesOf = (value: bigint | Buffer): Buffer => (Buffer.isBuffer(value) ? value : Buffer.alloc(0));

/** A repeated field comes once for each item, a map once for each entry. */
const readMember = (known: Json | undefined, value: bigint | Buffer, { type, repeated, map }: Field): Json => {
  if (map)
    return { ...objectAt({ known: known ?? null }, 'known'), ...Object.fromEntries([readEntry(bytesOf(value), type)]) };
  const item = readValue(value, type);
  return repeated ? [...listAt({ known: known ?? null }, 'known'), item] : item;
};

const readMessage = (buffer: Buffer, message: Message): JsonObject => {
  const result: Record<string, Json> = {};
  for (const { number, value } of readFields(buffer)) {
    const field = message[number];
    if (field === undefined) continue;
    const member = readMember(result[field.name], value, field);
    if (!isUnset(member)) result[field.name] = member;
  }
  return result;
};

/** The object in a protobuf body. @throws ApiError - 400 when it is damaged, or of a kind not known here */
export const parseProtobuf = (body: Buffer): JsonObject => {
  if (!body.subarray(0, 4).equals(MAGIC)) throw badRequest('provided data does not appear to be a protobuf message');
  const fields = readFields(body.subarray(4));
  const part = (number: number): Buffer => {
    const found = fields.find((field) => field.number === number)?.value;
    return Buffer.isBuffer(found) ? found : Buffer.alloc(0);
  };
  const [apiVersion = '', kind = ''] = [1, 2].map((wanted) =>
    String(readFields(part(1)).find(({ number }) => number === wanted)?.value ?? ''),
  );
  const message = MESSAGES[kind];
  if (message === undefined) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"`);
  return { ...readMessage(part(2), message), apiVersion, kind };
};
