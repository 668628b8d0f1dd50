import type { Figure } from './figures.ts';

const HEADINGS = ['figure', 'measured', 'budget', 'met'] as const;

const cellsOf = ({ what, figure, budget = '', met, why }: Figure): readonly string[] => [
  what,
  figure,
  budget,
  met === undefined ? '' : met ? 'yes' : ['no', ...(why === undefined ? [] : [why])].join(': '),
];

const linesOf = (figures: readonly Figure[]): readonly (readonly string[])[] => [HEADINGS, ...figures.map(cellsOf)];

/** Columns for a terminal. */
export const toText = (figures: readonly Figure[]): readonly string[] => {
  const lines = linesOf(figures);
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

export const toMarkdown = (figures: readonly Figure[]): readonly string[] =>
  linesOf(figures)
    .map((line) => `| ${line.join(' | ')} |`)
    .toSpliced(1, 0, `| ${HEADINGS.map(() => '---').join(' | ')} |`);
