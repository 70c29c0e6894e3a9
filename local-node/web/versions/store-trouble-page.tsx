/** What stands on the start page where the documents on this device cannot be opened: why, and what helps. */
import { signal, useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { formatBytes, formatList, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { UnsentKept } from '../../../adapters/rxdb/unsent-kept.ts'
import type { DeviceAccess } from '../staff/device-access.ts'
import { ManagerDialog } from '../staff/manager-approval.tsx'
import { askManagersPin } from '../staff/manager-question.ts'
import { unsentFile, type StoreTrouble } from '../store/store-trouble.ts'
import { freeBytes } from '../store/storage-warning.ts'
import { beginErasure, lastWritten } from '../store/storage-erase.ts'
import { lookAtStorage, storageFacts } from '../store/storage.ts'
import { kindInWords } from '../sync/sync-words.ts'
import { t } from './upgrade-words.ts'

/** Nobody knows whether the node is there, so it is asked. */
const UNKNOWN_LINK = { state: signal({ reachable: true }) }
const KEPT_FOR_SAVING_MS = 60_000

type Looked =
  | { readonly kind: 'reading' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'read'; readonly unsent: UnsentKept; readonly count: number; readonly written: number }

interface TroubleProps {
  readonly trouble: StoreTrouble
  readonly access: DeviceAccess
}

/** Documents of an older app could not be brought to this one. */
export function StoreTroublePage({ trouble, access }: TroubleProps): JSX.Element {
  const kind = trouble.kind === 'newer' ? 'failed' : trouble.kind
  return (
    <>
      <h2>{t('stuck.title')}</h2>
      <Notice tone="bad" testId={`stuck-${kind}`}>
        {t(`stuck.${kind}`)}
      </Notice>
      {kind === 'full' ? <Room /> : <ErrorNotice error={{ message: trouble.message }} testId="stuck-why" />}
      <p>{t('stuck.kept')}</p>
      <KeptAside trouble={trouble} access={access} />
    </>
  )
}

/** Saves what is nowhere else, and empties the device: a manager's to do, both. */
export function KeptAside({ trouble, access }: TroubleProps): JSX.Element {
  const looked = useLooked(trouble)
  const savedAs = useSignal<string | undefined>(undefined)
  return (
    <>
      <h3>{t('stuck.unsent.title')}</h3>
      <Unsent trouble={trouble} access={access} looked={looked} savedAs={savedAs} />
      {looked.kind === 'read' && <Empty trouble={trouble} access={access} looked={looked} savedAs={savedAs.value} />}
      <ManagerDialog state={{ access, link: UNKNOWN_LINK }} />
    </>
  )
}

function useLooked(trouble: StoreTrouble): Looked {
  const looked = useSignal<Looked>({ kind: 'reading' })
  useEffect(() => {
    const written = lastWritten()
    trouble.readUnsent().then(
      (unsent) => {
        const count = Object.values(unsent).reduce((sum, documents) => sum + documents.length, 0)
        looked.value = { kind: 'read', unsent, count, written }
      },
      (error: unknown) => (looked.value = { kind: 'unreadable', message: String(error).split('\n')[0]! }),
    )
  }, [trouble])
  return looked.value
}

function Room(): JSX.Element | null {
  useEffect(() => void lookAtStorage(), [])
  const { used, quota } = storageFacts.value
  const free = freeBytes(storageFacts.value)
  if (used === undefined || quota === undefined || free === undefined) return null
  const words = { used: formatBytes(used), quota: formatBytes(quota), free: formatBytes(free) }
  return <p data-testid="stuck-room">{t('stuck.room', words)}</p>
}

interface UnsentProps extends TroubleProps {
  readonly looked: Looked
  /** The file that somebody has saved. */
  readonly savedAs: Signal<string | undefined>
}

function Unsent({ trouble, access, looked, savedAs }: UnsentProps): JSX.Element {
  if (looked.kind === 'reading') return <p role="status">{t('stuck.unsent.reading')}</p>
  if (looked.kind === 'unreadable') {
    return <ErrorNotice error={{ message: t('stuck.unsent.unreadable', { message: looked.message }) }} />
  }
  const { unsent, count } = looked
  if (count === 0) return <p data-testid="stuck-unsent">{t('stuck.unsent.none')}</p>
  const kinds = Object.entries(unsent).map(
    ([collection, documents]) => `${kindInWords(collection)} ${formatNumber(documents.length)}`,
  )
  const save = async () => {
    const manager = await askManagersPin({ access }, t('stuck.unsent.reason', { count: formatNumber(count) }))
    if (!manager) return
    const file = unsentFile(trouble, unsent, new Date().toISOString())
    saveFile(file)
    savedAs.value = file.name
  }
  return (
    <>
      <p data-testid="stuck-unsent">{t('stuck.unsent.some', { kinds: formatList(kinds) })}</p>
      <div class="row">
        <Button testId="stuck-save" onClick={() => void save()}>
          {t('stuck.unsent.save')}
        </Button>
      </div>
      {savedAs.value !== undefined && (
        <Notice tone="busy" testId="stuck-saved">
          {t('stuck.unsent.saved', { name: savedAs.value })}
        </Notice>
      )}
    </>
  )
}

interface EmptyProps extends TroubleProps {
  readonly looked: Looked & { readonly kind: 'read' }
  readonly savedAs: string | undefined
}

function Empty({ trouble, access, looked, savedAs }: EmptyProps): JSX.Element {
  const sure = useSignal(false)
  /** That a browser was told to save a file does not say that it did. */
  const found = useSignal(false)
  const isAllSent = looked.count === 0
  const count = formatNumber(looked.count)
  const empty = async () => {
    const manager = await askManagersPin({ access }, t('stuck.empty.reason', { count }))
    if (manager) beginErasure('documents', { branchId: trouble.branchId, written: looked.written })
  }
  return (
    <>
      <h3>{t('stuck.empty.title')}</h3>
      <p class="muted">{t('stuck.empty.text')}</p>
      {!isAllSent && savedAs === undefined && <p>{t('stuck.empty.save-first')}</p>}
      {sure.value ? (
        <div class="stack inset" role="group" aria-label={t('stuck.empty.title')}>
          <p data-testid="stuck-empty-sure">
            {isAllSent ? t('stuck.empty.none') : t('stuck.empty.sure', { count, name: savedAs ?? '' })}
          </p>
          {!isAllSent && (
            <label class="row">
              <input
                type="checkbox"
                checked={found.value}
                data-testid="stuck-empty-found"
                onChange={({ currentTarget }) => (found.value = currentTarget.checked)}
              />
              {t('stuck.empty.found')}
            </label>
          )}
          <div class="row">
            <Button disabled={!isAllSent && !found.value} testId="stuck-empty-yes" onClick={() => void empty()}>
              {t('stuck.empty.yes')}
            </Button>
            <Button onClick={() => (sure.value = false)}>{t('stuck.empty.no')}</Button>
          </div>
        </div>
      ) : (
        <div class="row">
          <Button
            disabled={!isAllSent && savedAs === undefined}
            testId="stuck-empty"
            onClick={() => {
              found.value = false
              sure.value = true
            }}
          >
            {t('stuck.empty')}
          </Button>
        </div>
      )}
    </>
  )
}

function saveFile({ name, text }: { readonly name: string; readonly text: string }): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  // The browser reads it after the tap.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_FOR_SAVING_MS)
}
