import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { User } from './authentication.ts';
import { definedMembers } from './json.ts';
import type { RequestInfo } from './request-info.ts';

export interface AuditedRequest {
  readonly info: RequestInfo;
  readonly uri: string;
  readonly user: User | undefined;
  readonly userAgent: string | undefined;
  readonly received: Date;
  readonly code: number;
}

export interface AuditLog {
  readonly write: (request: AuditedRequest) => void;
  readonly close: () => void;
}

const objectReference = ({ resource, namespace, name, group, version, subresource }: RequestInfo) =>
  definedMembers({
    resource,
    namespace: namespace || undefined,
    name: name || undefined,
    apiGroup: group || undefined,
    apiVersion: version,
    subresource: subresource || undefined,
  });

const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');

/** Level Metadata: who did what to which object, and nothing of what was in it. A line is there before its response ends. */
export const openAuditLog = (file: string): AuditLog => {
  const descriptor = openSync(file, 'a', 0o600);
  return {
    write: ({ info, uri, user, userAgent, received, code }) => {
      const event = definedMembers({
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: 'Metadata',
        auditID: randomUUID(),
        stage: 'ResponseComplete',
        requestURI: uri,
        verb: info.verb,
        user: definedMembers({ username: user?.name ?? '', uid: user?.uid || undefined, groups: user?.groups ?? [] }),
        sourceIPs: ['127.0.0.1'],
        userAgent: userAgent ?? '',
        objectRef: info.isResource ? objectReference(info) : undefined,
        responseStatus: { metadata: {}, code },
        requestReceivedTimestamp: microTime(received),
        stageTimestamp: microTime(new Date()),
      });
      writeSync(descriptor, `${JSON.stringify(event)}\n`);
    },
    close: () => closeSync(descriptor),
  };
};
