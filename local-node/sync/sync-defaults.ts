/** Every figure of the sync cycle in one place; `docs/sync.md` says what each is for. Times in ms. */
import { EXCHANGE_LIMITS } from '../../adapters/http/exchange-limits.ts'
import { STREAM_LIMITS } from '../../adapters/http/stream-pauses.ts'

export const SYNC_DEFAULTS = {
  /** Between two cycles. */
  intervalMs: 10_000,
  /** Where a document that failed is to be tried again, the pause doubles from this up to the interval. */
  failedPauseMs: 2000,
  /** A request may take this long, and so much longer for each document that it carries or asks for. */
  deadlineMs: EXCHANGE_LIMITS.deadlineMs,
  deadlinePerDocumentMs: EXCHANGE_LIMITS.deadlinePerDocumentMs,
  /** Documents of the first exchange. */
  batchSize: 100,
  /** Documents that an exchange grows to; `--batch` raises it up to `largestBatchSize`. */
  maxBatchSize: 100,
  largestBatchSize: 1000,
  /** Of the JSON of one request or answer; an exchange grows only while twice as much would fit. */
  maxRequestBytes: EXCHANGE_LIMITS.maxRequestBytes,
  /** Requests larger than this are compressed. */
  compressFromBytes: EXCHANGE_LIMITS.compressFromBytes,
  /** A request that the link failed is sent again so often within its cycle, after a pause that doubles. */
  linkRetries: 3,
  retryPauseMs: 250,
  /** A longer `Retry-After` ends the cycle; a chain that comes back at once is asked for some seconds. */
  maxRetryPauseMs: 30_000,
  /** Shorter ones are waited for so often for one request: ten minutes at most. */
  maxWaits: 20,
  /** The pause after a cycle that failed doubles from the interval up to this. */
  maxBackoffMs: 600_000,
  /** For so long after a heartbeat a change is exchanged without another one. */
  freshMs: 15_000,
  /** A cycle that goes on for longer tells headquarters in between how far it is. */
  maxHeartbeatAgeMs: 30_000,
  /** Heartbeats of one cycle that may ask for another, each because of what it has told. */
  maxHeartbeats: 4,
  /** Times in one cycle that headquarters may ask for a heartbeat first. */
  maxAnew: 1,
  /** Exchanges in a row that carried nothing although something was announced. */
  maxFruitless: 20,
  /** The live stream of nudges: silence after which it is taken for dead, and the pauses before it is opened again. */
  streamSilenceMs: STREAM_LIMITS.silenceMs,
  streamPauseMs: STREAM_LIMITS.pauseMs,
  maxStreamPauseMs: STREAM_LIMITS.maxPauseMs,
  /** Streams in a row that were cut within `longStreamMs`, until a proxy is blamed and they are tried ever more rarely. */
  shortStreams: STREAM_LIMITS.shortStreams,
  longStreamMs: STREAM_LIMITS.longMs,
  maxRarePauseMs: STREAM_LIMITS.maxRarePauseMs,
} as const
