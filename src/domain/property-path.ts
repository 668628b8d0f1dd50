import { gjsonGet, splitComponent } from './gjson-get.ts';
import { SecretValue } from './secret-value.ts';

const MODIFIER = /^@(?:pretty|ugly|reverse|this|flatten|join|valid|keys|values|tostr|fromstr|group|dig)(?::|$)/;
/** Each component is a level of recursion. */
const MAX_COMPONENTS = 500;

/**
 * Whether a `property` consists of keys, escapes and array indexes only, so that {@link readProperty} reads it. Anything
 * else gjson would interpret (`#` as a component, `#(...)`, `*`, `?`, `|`, known `@modifiers`, `{...}`, `[...]`, `!...`,
 * leading `..`) is not plain; so is a path deeper than any secret.
 */
export const isPlainPath = (path: string): boolean => propertyForms(path).every(isPlainForm);

/**
 * Reads one property of a secret that holds JSON, as the reference does: first with every dot escaped, so that the key
 * `tls.crt` wins over `tls` → `crt`, then as written. Strings come unquoted, `null` as empty value, objects and arrays
 * as they are stored, whole numbers as they are stored and others as shortest decimal. The secret need not be valid
 * JSON: what comes before a mistake is found.
 *
 * @param path - one for which {@link isPlainPath} holds
 * @returns undefined when there is no such property
 */
export const readProperty = (value: SecretValue, path: string): SecretValue | undefined => {
  const text = Buffer.from(value.reveal()).toString('latin1');
  for (const form of propertyForms(path)) {
    const found = gjsonGet(text, Buffer.from(form).toString('latin1'));
    if (found !== undefined) {
      return SecretValue.fromBytes(Buffer.from(found, 'latin1'));
    }
  }
  return undefined;
};

/** The paths to try in order, for a `property`: with every dot escaped, then as written. */
export const propertyForms = (path: string): readonly string[] =>
  path.includes('.') ? [path.replaceAll('.', '\\.'), path] : [path];

const isPlainForm = (form: string): boolean => {
  if (form.startsWith('..') || form.startsWith('!')) {
    return false;
  }
  const components = componentsOf(form);
  return components.length <= MAX_COMPONENTS && components.every(isPlainComponent);
};

const isPlainComponent = (component: string): boolean =>
  !/[|*?]/.test(component.replace(/\\./gs, '')) && !/^(?:[[{]|#$|#[([])/.test(component) && !MODIFIER.test(component);

const componentsOf = (form: string): readonly string[] => {
  const components: string[] = [];
  let rest: string | undefined = form;
  while (rest !== undefined && components.length <= MAX_COMPONENTS) {
    const split = splitComponent(rest);
    components.push(split.component);
    rest = split.rest;
  }
  return components;
};
