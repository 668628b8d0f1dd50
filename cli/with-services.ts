import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import type { Edge, Services } from './edge.ts';
import { explainError } from './explain-error.ts';
import { readSettings, type Settings, type SettingsOptions } from './settings.ts';

/** Options of the program itself, which every command has. */
export interface GlobalOptions extends SettingsOptions {
  readonly output?: 'text' | 'json';
}

/**
 * Runs the part of a command that speaks to the deployed service.
 * @param attempt - what fails when it fails: `listing clusters`
 */
export const withServices = async (
  { command, edge, attempt }: { readonly command: Command; readonly edge: Edge; readonly attempt: string },
  work: (services: Services, settings: Settings) => Promise<void>,
): Promise<void> => {
  const settings = readSettings(command.optsWithGlobals<GlobalOptions>(), edge);
  const services = await composing(edge, settings, attempt);
  try {
    await work(services, settings);
  } catch (error) {
    throw attempted(error, attempt, settings);
  } finally {
    services.close();
  }
};

const composing = async (edge: Edge, settings: Settings, attempt: string): Promise<Services> => {
  try {
    return await edge.compose(settings);
  } catch (error) {
    throw attempted(error, attempt, settings);
  }
};

/** Puts before a failure what was attempted. What the command itself says stays as it is. */
const attempted = (error: unknown, attempt: string, settings: Settings): unknown => {
  if (error instanceof Error && KEPT.has(error.name)) return error;
  if (error instanceof Error && error.name === 'ResourceNotFoundException')
    return new CliError(
      `${attempt} failed: ${settings.table === undefined ? 'the service is not deployed there' : `there is no table ${settings.table}`}`,
      `Looked for stage ${settings.stage} in Region ${settings.region ?? 'of your AWS profile'}; --stage, --region and --table name another.`,
    );
  const { what, hints } = explainError(error);
  return new CliError(`${attempt} failed: ${what}`, ...hints);
};

const KEPT: ReadonlySet<string> = new Set(['CliError', 'UsageError', 'SaidError']);

export const isJson = (command: Command): boolean => command.optsWithGlobals<GlobalOptions>().output === 'json';

export const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
