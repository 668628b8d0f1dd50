import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../../app/ports/runtime.ts';

/** JSON lines by Powertools; level by `POWERTOOLS_LOG_LEVEL`. Keys only: no event, error or client answer is handed over. */
export const createLog = (functionName: string): Log => {
  const logger = new Logger({ serviceName: 'secretcast', persistentKeys: { function: functionName } });
  return {
    debug: (message, keys = {}) => logger.debug(message, keys),
    info: (message, keys = {}) => logger.info(message, keys),
    warn: (message, keys = {}) => logger.warn(message, keys),
    error: (message, keys = {}) => logger.error(message, keys),
  };
};
