const regexError = (text: string, pattern: string, examples: readonly string[]): string => {
  const shown = examples.map((example) => `'${example}', `).join(' or '); // two spaces: the server's own spelling
  return `${text} (e.g. ${shown}regex used for validation is '${pattern}')`;
};

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const matches = (text: string, pattern: string): boolean => new RegExp(`^${pattern}$`).test(text);
const tooLong = (max: number): string => `must be no more than ${max} characters`;

export const checkLabelName = (name: string): readonly string[] => [
  ...(name.length > 63 ? [tooLong(63)] : []),
  ...(matches(name, LABEL)
    ? []
    : [
        regexError(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          LABEL,
          ['my-name', '123-abc'],
        ),
      ]),
];

export const checkSubdomainName = (name: string): readonly string[] => [
  ...(name.length > 253 ? [tooLong(253)] : []),
  ...(matches(name, SUBDOMAIN)
    ? []
    : [
        regexError(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
          SUBDOMAIN,
          ['example.com'],
        ),
      ]),
];

/** RBAC names are anything that fits into a URL path segment. */
export const checkPathSegment = (name: string): readonly string[] => {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
};

const qualifiedError = (): string =>
  regexError(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    QUALIFIED,
    ['MyName', 'my.name', '123-abc'],
  );

/** Label keys, annotation keys and finalizers: a name with an optional DNS prefix. */
export const checkQualifiedName = (text: string): readonly string[] => {
  const parts = text.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedError()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const errors: string[] = [];
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined) errors.push(...checkSubdomainName(prefix).map((error) => `prefix part ${error}`));
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > 63) errors.push(`name part ${tooLong(63)}`);
  if (!matches(name, QUALIFIED)) errors.push(`name part ${qualifiedError()}`);
  return errors;
};

export const checkLabelValue = (value: string): readonly string[] => [
  ...(value.length > 63 ? [tooLong(63)] : []),
  ...(matches(value, `(${QUALIFIED})?`)
    ? []
    : [
        regexError(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          `(${QUALIFIED})?`,
          ['MyValue', 'my_value', '12345'],
        ),
      ]),
];

/** Keys of Secrets and ConfigMaps. */
export const checkConfigKey = (key: string): readonly string[] => {
  const errors: string[] = [];
  if (key.length > 253) errors.push(tooLong(253));
  if (!matches(key, CONFIG_KEY)) {
    errors.push(
      regexError("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", CONFIG_KEY, [
        'key.name',
        'KEY_NAME',
        'key-name',
      ]),
    );
  }
  if (key === '.' || key === '..') errors.push(`must not be '${key}'`);
  else if (key.startsWith('..')) errors.push("must not start with '..'");
  return errors;
};
