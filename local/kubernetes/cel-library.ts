import type { CelFunc, CelInput, CelList, CelValue } from '@bufbuild/cel';
import { CelScalar, celMethod, listType } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { RE2JS } from 're2js';

const ANY_LIST = listType(CelScalar.DYN);

type Ordered = string | number | bigint | boolean;

const isOrdered = (value: CelValue): value is Ordered =>
  ['string', 'number', 'bigint', 'boolean'].includes(typeof value);

const orderedItems = (list: CelList): readonly Ordered[] => [...list].filter(isOrdered);

const extreme = (list: CelList, isBetter: (left: Ordered, right: Ordered) => boolean): Ordered => {
  const [first, ...rest] = orderedItems(list);
  if (first === undefined) throw new Error('min/max called on empty list');
  return rest.reduce<Ordered>((best, item) => (isBetter(item, best) ? item : best), first);
};

const sum = (list: CelList): CelInput => {
  const items = orderedItems(list);
  if (items.every((item) => typeof item === 'bigint')) return items.reduce<bigint>((total, item) => total + item, 0n);
  return items.reduce<number>((total, item) => total + Number(item), 0);
};

const isSorted = (list: CelList): boolean =>
  orderedItems(list).every((item, index, all) => index === 0 || (all[index - 1] ?? item) <= item);

const findAll = (text: string, pattern: string): readonly string[] => {
  const matcher = RE2JS.compile(pattern).matcher(text);
  const found: string[] = [];
  while (matcher.find()) found.push(matcher.group() ?? '');
  return found;
};

/** The functions Kubernetes adds to CEL that validation rules of this kind of API use. */
export const KUBERNETES_FUNCTIONS: CelFunc[] = [
  ...strings,
  celMethod('isSorted', ANY_LIST, [], CelScalar.BOOL, function () {
    return isSorted(this);
  }),
  celMethod('sum', ANY_LIST, [], CelScalar.DYN, function () {
    return sum(this);
  }),
  celMethod('min', ANY_LIST, [], CelScalar.DYN, function () {
    return extreme(this, (left, right) => left < right);
  }),
  celMethod('max', ANY_LIST, [], CelScalar.DYN, function () {
    return extreme(this, (left, right) => left > right);
  }),
  celMethod('indexOf', ANY_LIST, [CelScalar.DYN], CelScalar.INT, function (item) {
    return BigInt([...this].indexOf(item));
  }),
  celMethod('lastIndexOf', ANY_LIST, [CelScalar.DYN], CelScalar.INT, function (item) {
    return BigInt([...this].lastIndexOf(item));
  }),
  celMethod('find', CelScalar.STRING, [CelScalar.STRING], CelScalar.STRING, function (pattern) {
    return findAll(this.toString(), pattern)[0] ?? '';
  }),
  celMethod('findAll', CelScalar.STRING, [CelScalar.STRING], listType(CelScalar.STRING), function (pattern) {
    return [...findAll(this.toString(), pattern)];
  }),
];
