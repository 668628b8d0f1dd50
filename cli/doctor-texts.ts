import type { HopReport, Remedy, Subject } from '../src/domain/doctor/hop.ts';

const MARKS: Readonly<Record<HopReport['status'], string>> = { ok: 'ok', failed: 'FAILED', 'not-tried': '-' };
const MARK_WIDTH = 8;
const HOP_WIDTH = 17;
const NAME_WIDTH = 8;

/** One paragraph for each subject, one line for each hop, and what a broken one needs below it. */
export const formatSubjects = (subjects: readonly Subject[]): string =>
  subjects.map(({ subject, hops }) => [subject, ...hops.flatMap(toLines), ''].join('\n')).join('\n');

const toLines = (report: HopReport): readonly string[] => {
  const head = (said: string): string =>
    `  ${MARKS[report.status].padEnd(MARK_WIDTH)}${report.hop.padEnd(HOP_WIDTH)}${said}`.trimEnd();
  switch (report.status) {
    case 'ok':
      return [head(report.said)];
    case 'not-tried':
      return [head(`not tried: ${report.because}`), ...(report.remedy === undefined ? [] : remedyLines(report.remedy))];
    case 'failed':
      return [
        head(report.of ?? ''),
        field('tried', report.attempted),
        field('as', report.as),
        ...report.answer.map((line, index) => field(index === 0 ? 'answer' : '', line)),
        ...remedyLines(report.remedy),
      ];
  }
};

const field = (name: string, text: string): string => `    ${name.padEnd(NAME_WIDTH)}${text}`;

const remedyLines = ({ say, commands = [], statements = [] }: Remedy): readonly string[] => [
  field('mend', say),
  ...commands.map((command) => field('', `  $ ${command}`)),
  ...statements.flatMap(({ policy, statement }) => [
    field('', `  ${policy}:`),
    field('', `    ${JSON.stringify(statement)}`),
  ]),
];
