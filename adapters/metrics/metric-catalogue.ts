/** All that `GET /metrics` exports, each once: from here come the metrics themselves and the check of `docs/operations/metrics.md`. */

export interface MetricFacts {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Never finer than branch and collection. */
  readonly labels: readonly string[]
  readonly node: 'both' | 'headquarters' | 'branch'
  /** Upper bounds; of a histogram. */
  readonly buckets?: readonly number[]
}

/** Seconds of a request, and of its wait in the queue. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Seconds from the writing of a document to headquarters; days where a branch was offline. */
const DELAY_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 300, 900, 3600, 21_600, 86_400, 604_800]

const gauge = (node: MetricFacts['node'], help: string, ...labels: string[]): MetricFacts => ({
  type: 'gauge',
  help,
  labels,
  node,
})
const counter = (node: MetricFacts['node'], help: string, ...labels: string[]): MetricFacts => ({
  type: 'counter',
  help,
  labels,
  node,
})

export const METRICS = {
  outpost_build_info: gauge('both', '1; the version of the program and the kind of node.', 'version', 'node'),
  process_start_time_seconds: gauge('both', 'When the process was started, seconds since 1970.'),
  process_cpu_seconds_total: counter('both', 'Processor time that the process has used.'),
  process_resident_memory_bytes: gauge('both', 'Memory of the process.'),

  outpost_exchanges_total: counter(
    'both',
    'Requests between branches and headquarters of all kinds; refused: of a branch that is not let in.',
    'branch',
    'outcome',
  ),
  outpost_exchange_failures_total: counter('both', 'Those that failed, by error code.', 'code'),
  outpost_exchange_duration_seconds: {
    type: 'histogram',
    help: 'How long they took, with the wait in the queue of headquarters.',
    labels: ['kind'],
    node: 'both',
    buckets: REQUEST_BUCKETS,
  },
  outpost_exchange_queue_seconds: {
    type: 'histogram',
    help: 'How long they waited in the queue of headquarters.',
    labels: [],
    node: 'both',
    buckets: REQUEST_BUCKETS,
  },
  outpost_exchange_sent_bytes_total: counter('both', 'Bytes of bodies from branches, as they travelled.', 'branch'),
  outpost_exchange_received_bytes_total: counter('both', 'Bytes of bodies to branches, as they travelled.', 'branch'),
  outpost_pushed_documents_total: counter('both', 'Documents from branches, repeats too.', 'branch', 'collection'),
  outpost_pulled_documents_total: counter('both', 'Documents to branches, repeats too.', 'branch', 'collection'),
  outpost_push_outcomes_total: counter('both', 'What headquarters did with documents from branches.', 'outcome'),
  outpost_replication_delay_seconds: {
    type: 'histogram',
    help: 'From the writing of a document at a branch to its commit at headquarters.',
    labels: [],
    node: 'headquarters',
    buckets: DELAY_BUCKETS,
  },
  outpost_branch_consecutive_failures: gauge('both', 'Requests of one kind that failed in a row, until now.', 'branch'),
  outpost_written_documents_total: counter(
    'both',
    'Documents that apps, browsers and programs wrote here.',
    'collection',
  ),
  outpost_mirror_batches_total: counter('headquarters', 'Batches written to MySQL.', 'mirror', 'outcome'),
  outpost_mirror_batch_duration_seconds: {
    type: 'histogram',
    help: 'How long they took.',
    labels: ['mirror'],
    node: 'headquarters',
    buckets: REQUEST_BUCKETS,
  },
  outpost_mirror_documents_total: counter('headquarters', 'Documents written to MySQL.', 'mirror'),

  outpost_documents: gauge('both', 'Live documents here.', 'collection'),
  outpost_exceptions: gauge('both', 'Documents that failed and wait for a person.'),
  outpost_storage_trouble: gauge('both', '1 while the last write to the store has failed.'),
  outpost_disk_free_bytes: gauge('both', "Free on the store's disk."),
  outpost_store_bytes: gauge('both', 'What the store takes of it.'),
  outpost_backup_failed: gauge('both', '1 while the latest attempt has failed.'),
  outpost_backup_last_timestamp_seconds: gauge('both', 'When the newest backup was made, seconds since 1970.'),
  outpost_backup_last_bytes: gauge('both', 'How large it is.'),

  outpost_branches: gauge('headquarters', 'Branches by what is known of them.', 'state'),
  outpost_branch_in_sync: gauge(
    'headquarters',
    '1 where both sides stood still and their digests agreed within the last minute.',
    'branch',
  ),
  outpost_branch_differs: gauge('headquarters', '1 where nothing waits and the digests differ.', 'branch'),
  outpost_branch_loading: gauge('headquarters', '1 during the first load.', 'branch'),
  outpost_branch_suspected_clone: gauge('headquarters', '1 where two PCs say that they are the branch.', 'branch'),
  outpost_branch_last_heartbeat_timestamp_seconds: gauge(
    'headquarters',
    'When the branch was heard, seconds since 1970.',
    'branch',
  ),
  outpost_branch_backlog_documents: gauge('headquarters', 'What waits at the branch, as it said last.', 'branch'),
  outpost_branch_backlog_oldest_timestamp_seconds: gauge(
    'headquarters',
    'Since when the oldest of it waits, seconds since 1970; none where nothing waits.',
    'branch',
  ),
  outpost_branch_to_fetch_documents: gauge('headquarters', 'What the branch has not fetched yet.', 'branch'),
  outpost_branch_exceptions: gauge('headquarters', 'Exceptions at the branch, as it said last.', 'branch'),
  outpost_branch_clock_offset_seconds: gauge(
    'headquarters',
    "How far the PC's own clock is ahead of headquarters', behind it below zero.",
    'branch',
  ),
  outpost_branch_disk_free_bytes: gauge('headquarters', "Free on the disk of the branch's store.", 'branch'),
  outpost_branch_store_bytes: gauge('headquarters', "What the branch's store takes of it.", 'branch'),
  outpost_retries: gauge('headquarters', 'Documents that failed and are tried again by themselves.'),
  outpost_negative_balances: gauge('headquarters', 'Members whose balance is below zero.'),
  outpost_recovery: gauge('headquarters', '1 while a restored headquarters waits for its branches.'),
  outpost_mirror_state: gauge('headquarters', '1 for the state that the mirror is in.', 'mirror', 'state'),
  outpost_mirror_lag_changes: gauge('headquarters', 'Changes that are not in MySQL yet.', 'mirror'),
  outpost_mirror_parked_documents: gauge('headquarters', 'Documents that MySQL refused.', 'mirror'),
  outpost_reconcile_open_documents: gauge('headquarters', 'Documents whose rows differ and were not repaired.'),
  outpost_reconcile_waiting_runs: gauge('headquarters', 'Runs that wait for a person.'),
  outpost_reconcile_failed: gauge('headquarters', '1 where the last run has failed.'),
  outpost_reconcile_last_end_timestamp_seconds: gauge('headquarters', 'When the last run ended, seconds since 1970.'),

  outpost_sync_enabled: gauge('branch', '1 where synchronisation is on.'),
  outpost_sync_in_sync: gauge(
    'branch',
    '1 where both sides stood still and their digests agreed within the last minute.',
  ),
  outpost_sync_failed_cycles: gauge('branch', 'Cycles in a row that failed.'),
  outpost_sync_last_contact_timestamp_seconds: gauge('branch', 'When headquarters answered last, seconds since 1970.'),
  outpost_backlog_documents: gauge('branch', 'What waits to be sent.', 'collection'),
  outpost_backlog_oldest_timestamp_seconds: gauge(
    'branch',
    'Since when the oldest of it waits, seconds since 1970; none where nothing waits.',
    'collection',
  ),
} as const satisfies Record<string, MetricFacts>

export type MetricName = keyof typeof METRICS

/** Of a gauge, at one moment. */
export interface Sample {
  readonly name: MetricName
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}
