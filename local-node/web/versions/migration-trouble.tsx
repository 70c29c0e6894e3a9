/** What stands on the start page where documents of an older app could not be brought to this one: why, and what helps. */
import { signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { formatBytes, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { UnsentKept } from '../../../adapters/rxdb/unsent-kept.ts'
import type { DeviceAccess } from '../staff/device-access.ts'
import { ManagerDialog } from '../staff/manager-approval.tsx'
import { askManager } from '../staff/manager-question.ts'
import { unsentFile, type MigrationFailed } from '../store/migration-failed.ts'
import { freeBytes } from '../store/storage-warning.ts'
import { beginErasure, lastWritten } from '../store/storage-erase.ts'
import { lookAtStorage, storageFacts } from '../store/storage.ts'
import { kindInWords } from '../sync/sync-words.ts'
import { t } from './upgrade-words.ts'

/** Nobody knows whether the node is there, so it is asked. */
const UNKNOWN_LINK = { state: signal({ reachable: true }) }

type Looked =
  | { readonly kind: 'reading' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'read'; readonly unsent: UnsentKept; readonly count: number; readonly written: number }

export function MigrationTrouble({ failed, access }: { failed: MigrationFailed; access: DeviceAccess }): JSX.Element {
  const looked = useLooked(failed)
  const saved = useSignal(false)
  return (
    <>
      <h2>{t('stuck.title')}</h2>
      <Notice tone="bad" testId={`stuck-${failed.kind}`}>
        {t(`stuck.${failed.kind}`)}
      </Notice>
      {failed.kind === 'full' ? <Room /> : <ErrorNotice error={{ message: failed.message }} testId="stuck-why" />}
      <p>{t('stuck.kept')}</p>
      <h3>{t('stuck.unsent.title')}</h3>
      <Unsent failed={failed} looked={looked} saved={saved} />
      {looked.kind === 'read' && (
        <Empty failed={failed} access={access} looked={looked} maySay={looked.count === 0 || saved.value} />
      )}
      <ManagerDialog state={{ access, link: UNKNOWN_LINK }} />
    </>
  )
}

function useLooked(failed: MigrationFailed): Looked {
  const looked = useSignal<Looked>({ kind: 'reading' })
  useEffect(() => {
    const written = lastWritten()
    failed.readUnsent().then(
      (unsent) => {
        const count = Object.values(unsent).reduce((sum, documents) => sum + documents.length, 0)
        looked.value = { kind: 'read', unsent, count, written }
      },
      (error: unknown) => (looked.value = { kind: 'unreadable', message: String(error).split('\n')[0]! }),
    )
  }, [failed])
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

interface UnsentProps {
  readonly failed: MigrationFailed
  readonly looked: Looked
  /** Whether somebody has saved the file. */
  readonly saved: { value: boolean }
}

function Unsent({ failed, looked, saved }: UnsentProps): JSX.Element {
  if (looked.kind === 'reading') return <p role="status">{t('stuck.unsent.reading')}</p>
  if (looked.kind === 'unreadable') {
    return <ErrorNotice error={{ message: t('stuck.unsent.unreadable', { message: looked.message }) }} />
  }
  if (looked.count === 0) return <p data-testid="stuck-unsent">{t('stuck.unsent.none')}</p>
  const kinds = Object.entries(looked.unsent).map(
    ([collection, documents]) => `${kindInWords(collection)} ${formatNumber(documents.length)}`,
  )
  const file = unsentFile(failed, looked.unsent, new Date().toISOString())
  return (
    <>
      <p data-testid="stuck-unsent">{t('stuck.unsent.some', { kinds: kinds.join(', ') })}</p>
      <div class="row">
        <Button
          testId="stuck-save"
          onClick={() => {
            saveFile(file)
            saved.value = true
          }}
        >
          {t('stuck.unsent.save')}
        </Button>
      </div>
      {saved.value && (
        <Notice tone="busy" testId="stuck-saved">
          {t('stuck.unsent.saved', { name: file.name })}
        </Notice>
      )}
    </>
  )
}

interface EmptyProps {
  readonly failed: MigrationFailed
  readonly access: DeviceAccess
  readonly looked: Looked & { readonly kind: 'read' }
  /** Nothing is unsent, or it was saved. */
  readonly maySay: boolean
}

function Empty({ failed, access, looked, maySay }: EmptyProps): JSX.Element {
  const sure = useSignal(false)
  const empty = async () => {
    const manager = await askManager({ access }, t('stuck.empty.reason', { count: formatNumber(looked.count) }))
    if (manager) beginErasure('documents', { branchId: failed.branchId, written: looked.written })
  }
  return (
    <>
      <h3>{t('stuck.empty.title')}</h3>
      <p class="muted">{t('stuck.empty.text')}</p>
      {!maySay && <p>{t('stuck.empty.save-first')}</p>}
      {sure.value ? (
        <div class="stack inset" role="group" aria-label={t('stuck.empty.title')}>
          <p>{t('stuck.empty.sure')}</p>
          <div class="row">
            <Button testId="stuck-empty-yes" onClick={() => void empty()}>
              {t('stuck.empty.yes')}
            </Button>
            <Button onClick={() => (sure.value = false)}>{t('stuck.empty.no')}</Button>
          </div>
        </div>
      ) : (
        <div class="row">
          <Button disabled={!maySay} testId="stuck-empty" onClick={() => (sure.value = true)}>
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
}
