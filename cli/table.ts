import { stripVTControlCharacters } from 'node:util';

const GAP = '   ';

/**
 * Aligned columns, the heading first, nothing after the last cell.
 * @param rows - as many cells each as there are headings
 */
export const formatTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ''))));
  return lines.map((cells) => `${toLine(cells, widths)}\n`).join('');
};

/** Names and values below each other, for one thing alone. Empty values are shown as a dash. */
export const formatFields = (fields: readonly (readonly [name: string, value: string])[]): string => {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width + 1)}${GAP}${value === '' ? '-' : value}\n`).join('');
};

const toLine = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
    .join(GAP)
    .trimEnd();

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
