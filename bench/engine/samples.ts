import type { Template } from '../../src/app/ports/engine.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';

const secret = (text: string): SecretValue => SecretValue.fromText(text);

const template = (text: string): Template => ({ name: 'config', scope: 'Values', text: secret(text) });

const data = new Map([
  ['user', secret('app')],
  ['password', secret('p@ss/word')],
  ['servers', secret(JSON.stringify(Array.from({ length: 20 }, (_, index) => ({ host: `db-${index}`, port: 5432 }))))],
]);

const CONFIG = `
{{- range fromJson .servers }}
[{{ .host }}]
url = "postgres://{{ $.user }}:{{ $.password | urlquery }}@{{ .host }}:{{ .port }}/app"
password = {{ $.password | b64enc | quote }}
{{- end }}
`;

/** A line, a configuration file, and one that is as large as a Secret may well be. */
export const REQUESTS = {
  small: { data, templates: [template('postgres://{{ .user }}:{{ .password | urlquery }}@db:5432/app')] },
  'of 20 sections, 2 kB': { data, templates: [template(CONFIG)] },
  'of 10 keys, 200 kB': {
    data,
    templates: Array.from({ length: 10 }, () => template(`${CONFIG}${'# as it is\n'.repeat(1_800)}`)),
  },
} as const;

/** 4 kB of JSON, and a path that goes through most of it. */
export const DOCUMENT = secret(
  JSON.stringify({
    servers: Array.from({ length: 80 }, (_, index) => ({ host: `db-${index}`, port: 5432, tls: true })),
    login: { user: 'app', password: 'secret' },
  }),
);
export const PATH = 'login.password';
