import type { Log } from '../../src/app/ports/runtime.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly keys: NonNullable<Parameters<Log['info']>[1]>;
}

export interface FakeLog extends Log {
  readonly lines: readonly LogLine[];
  /** Everything logged as one text, to be searched for what must not be there. */
  text(): string;
}

/** Keeps what is logged. */
export const createFakeLog = (): FakeLog => {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']): Log['info'] =>
    (message, keys = {}) => {
      lines.push({ level, message, keys: structuredClone(keys) });
    };
  return {
    lines,
    text: () => lines.map((line) => JSON.stringify(line)).join('\n'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
};
