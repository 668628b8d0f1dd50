import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';

/** What a deploy knows: parameters and pseudo parameters by name. A reference to a resource stays its logical id. */
export type Answers = Readonly<Record<string, unknown>>;

type Members = Readonly<Record<string, unknown>>;

const ABSENT = Symbol('AWS::NoValue');

const PSEUDO: Answers = {
  'AWS::AccountId': '111122223333',
  'AWS::Region': 'eu-west-1',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NoValue': ABSENT,
};

const membersSchema = z.record(z.string(), z.unknown());
const templateSchema = z.looseObject({
  Parameters: z._default(z.record(z.string(), z.looseObject({ Default: z.optional(z.unknown()) })), {}),
  Conditions: z._default(membersSchema, {}),
  Resources: z.record(z.string(), z.looseObject({ Condition: z.optional(z.string()) })),
});

/**
 * The resources that CloudFormation would make of a template, with every function it uses answered.
 * @throws Error - a function that is not known here
 */
export const resolveTemplate = (template: unknown, given: Answers = {}): Readonly<Record<string, Members>> => {
  const { Parameters, Conditions, Resources } = z.parse(templateSchema, template);
  const defaults = Object.fromEntries(Object.entries(Parameters).map(([name, { Default }]) => [name, Default]));
  const answers = { ...PSEUDO, ...defaults, ...given };
  const holds = (name: string): boolean => resolve(Conditions[name]) === true;

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve).filter((member) => member !== ABSENT);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = [], ...more] = Object.entries(value);
    if (name !== undefined && more.length === 0 && isFunction(name, argument)) return call(name, argument);
    const members = Object.entries(value).map(([key, member]) => [key, resolve(member)] as const);
    return Object.fromEntries(members.filter(([, member]) => member !== ABSENT));
  };

  const reference = (name: string): unknown => (Object.hasOwn(answers, name) ? answers[name] : name);

  const substitute = (argument: unknown): string => {
    const [text, local] = Array.isArray(argument) ? argument : [argument, {}];
    const known = z.parse(membersSchema, resolve(local));
    return String(text).replace(/\$\{([^!}]+)\}/g, (_, key: string) => String(known[key] ?? reference(key)));
  };

  const choose = (argument: unknown): unknown => {
    const [condition, then, otherwise] = list(argument);
    return resolve(holds(String(condition)) ? then : otherwise);
  };

  const call = (name: string, argument: unknown): unknown => {
    switch (name) {
      case 'Ref':
        return reference(String(argument));
      case 'Condition':
        return holds(String(argument));
      case 'Fn::If':
        return choose(argument);
      case 'Fn::Sub':
        return substitute(argument);
      default:
        return compute(name, list(argument).map(resolve));
    }
  };

  const made = Object.entries(Resources).filter(([, { Condition }]) => Condition === undefined || holds(Condition));
  return Object.fromEntries(made.map(([id, resource]) => [id, z.parse(membersSchema, resolve(resource))]));
};

/** The functions whose arguments are all answered before it is their turn. */
const compute = (name: string, parts: readonly unknown[]): unknown => {
  const [first, second] = parts;
  switch (name) {
    case 'Fn::GetAtt':
      return parts.join('.');
    case 'Fn::Equals':
      return isDeepStrictEqual(first, second);
    case 'Fn::Not':
      return first !== true;
    case 'Fn::Or':
      return parts.includes(true);
    case 'Fn::And':
      return parts.every((part) => part === true);
    case 'Fn::Split':
      return String(second).split(String(first));
    case 'Fn::Join':
      return list(second).join(String(first));
    case 'Fn::Select':
      return list(second)[Number(first)];
    default:
      throw new Error(`function not known here: ${name}`);
  }
};

/** In a policy, `Condition` is a member like any other. */
const isFunction = (name: string, argument: unknown): boolean =>
  name === 'Ref' || name.startsWith('Fn::') || (name === 'Condition' && typeof argument === 'string');

const list = (value: unknown): readonly unknown[] => z.parse(z.array(z.unknown()), value);
