import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { badRequest, tooLargeRequest, unsupportedMediaType } from './api-error.ts';
import type { Json } from './json.ts';
import { PROTOBUF_TYPE, parseProtobuf } from './protobuf.ts';

const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** @throws ApiError - 413 */
export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) throw tooLargeRequest(MAX_BODY_BYTES);
    chunks.push(buffer);
  }
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
};

const JSON_TYPES = ['', 'application/json'];

/** The parsers' own messages quote their input, which may be a secret: they are not repeated. */
const parseText = (text: string, isYaml: boolean): Json => {
  try {
    const value: Json = isYaml ? parse(text) : JSON.parse(text);
    return value;
  } catch {
    throw badRequest(`error ${isYaml ? 'converting YAML to JSON' : 'decoding JSON'}: the body could not be parsed`);
  }
};

/** The object in a body. @throws ApiError - 400 when it is not readable, 415 for other media types */
export const parseObjectBody = (body: Buffer, mediaType: string): Json => {
  if (mediaType === PROTOBUF_TYPE) return parseProtobuf(body);
  if (mediaType === 'application/yaml') return parseText(body.toString(), true);
  if (!JSON_TYPES.includes(mediaType))
    throw unsupportedMediaType(['application/json', 'application/yaml', PROTOBUF_TYPE]);
  return parseText(body.toString(), false);
};

/** The content of a patch, whose media type is judged by who applies it. */
export const parsePatchBody = (body: Buffer, mediaType: string): Json =>
  parseText(body.toString(), mediaType.endsWith('yaml'));
