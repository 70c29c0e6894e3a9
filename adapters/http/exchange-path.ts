/** Where headquarters answers branches. */
import { PROTOCOL_VERSION } from '../../schemas/protocol/exchange.ts'

/** Addresses of branches' nodes, of every protocol. */
export const EXCHANGE_ROOT = '/exchange/'
export const EXCHANGE_PATH = `${EXCHANGE_ROOT}v${PROTOCOL_VERSION}`
