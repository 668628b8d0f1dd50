import type { Remedy, Trouble } from './hop.ts';
import { roleOfSession } from './identity.ts';

/** As AWS words what is missing: `User: ARN is not authorized to perform: ACTION on resource: ARN because …` */
const MISSING =
  /User: (?<user>arn:\S+) is not authorized to perform: (?<action>[a-z-]+:\w+)(?: on resource: (?<resource>[^\s,]+))?/;

/** Actions that AWS judges by the tags a request brings: there are none on what is not made yet. */
const MAKING = /:(CreateSecret|ImportCertificate)$/;

/** What a PushSecret was answered, and the statement that is missing, where the answer names it. */
export const explainPush = (answer: string, by: string): Trouble => {
  const { user, action, resource } = MISSING.exec(answer)?.groups ?? {};
  const told = { answer: [`${by}: ${answer}`] };
  if (user === undefined || action === undefined) return { ...told, remedy: look(by) };
  const role = roleOfSession(user);
  const tag = MAKING.test(action) ? 'aws:RequestTag/managed-by' : 'aws:ResourceTag/managed-by';
  return {
    ...told,
    as: user,
    remedy: {
      say: `What is pushed carries the tag managed-by=external-secrets: a statement may ask for it (${tag}). All that pushing needs is in docs/push-secrets.md.`,
      statements: [
        { policy: `policy of ${role}`, statement: { Effect: 'Allow', Action: action, Resource: resource ?? '*' } },
      ],
    },
  };
};

const look = (by: string): Remedy => {
  const [kind = '', namespace = '', name = ''] = by.split('/');
  return {
    say: 'The object says the same, and its events tell since when.',
    commands: [`kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}`],
  };
};
