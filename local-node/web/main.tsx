/** Starts the branch app: session, store, screens. Opens without the node once it has met it. */
import { signal } from '@preact/signals'
import { render, type JSX } from 'preact'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import '../../adapters/ui/base.css'
import { Notice } from '../../adapters/ui/notice.tsx'
import { createAppState, type AppState } from './frame/app-state.ts'
import { atMost } from './frame/at-most.ts'
import { watchUpdates } from './versions/app-update.ts'
import { App } from './app.tsx'
import './styles/app.css'
import { openBranchStore, type StoreMigration } from './store/branch-store.ts'
import { DeviceAccess } from './staff/device-access.ts'
import { forgetCode } from './settings/given-code.ts'
import { watchInstall } from './settings/install.ts'
import { PairScreen } from './settings/pair-screen.tsx'
import { askNode } from './node/ask-node.ts'
import { askSession, storedSession } from './node/session.ts'
import { StartPage, type StartState } from './frame/start-page.tsx'
import { StoreTrouble } from './store/store-trouble.ts'
import { erasureTrouble, finishErasure, followErasure } from './store/storage-erase.ts'
import { watchStorage } from './store/storage.ts'
import { UpdateNotice } from './versions/update-notice.tsx'
import './frame/theme.ts'
import { t } from './words.ts'

const RETRY_MS = 3_000

followErasure()
// Nothing may be open of what is deleted.
const erased = await finishErasure()
// It was taken out of use here. Where the node does not hear it, it stands among those that may still hold something.
if (erased === 'all') void askNode({ method: 'POST', path: '/api/access/emptied', body: {} })

const access = new DeviceAccess()
const start = signal<StartState>({ kind: 'opening' })
const app = signal<AppState | undefined>(undefined)

function Root(): JSX.Element {
  return (
    <>
      {erasureTrouble.value && (
        <Notice tone="bad" testId="erase-trouble">
          {t(`settings.erase.${erasureTrouble.value}`)}
        </Notice>
      )}
      <Page />
    </>
  )
}

function Page(): JSX.Element {
  if (app.value) {
    return (
      <>
        <UpdateNotice />
        <App state={app.value} />
      </>
    )
  }
  return access.paired.value === false ? (
    <PairScreen access={access} />
  ) : (
    <StartPage state={start.value} access={access} />
  )
}

async function begin(): Promise<void> {
  if (isBeginning || app.value) return
  isBeginning = true
  await open().finally(() => (isBeginning = false))
}
let isBeginning = false

async function open(): Promise<void> {
  const stored = storedSession()
  const answers = access.refresh()
  const session = stored ?? ((await answers) && access.paired.value === true ? await askSession() : undefined)
  if (!session) {
    start.value = { kind: 'no-session', retry: () => void begin() }
    // Pairing it begins.
    if (access.paired.value === false) return
    retry ??= setTimeout(() => {
      retry = undefined
      if (!app.value) void begin()
    }, RETRY_MS)
    return
  }
  start.value = { kind: 'opening' }
  try {
    const onMigration = (migration: StoreMigration) => (start.value = { kind: 'migrating', migration })
    const state = createAppState(await openBranchStore(session, onMigration), access)
    app.value = state
  } catch (error) {
    start.value = stateAfter(error)
    return
  }
  // Unless it promises to keep them, the browser may clear unsent orders when its disk runs short.
  watchStorage()
  if (stored) void refresh(stored)
}
let retry: ReturnType<typeof setTimeout> | undefined

function stateAfter(error: unknown): StartState {
  const again = { retry: () => location.reload() }
  if (!(error instanceof StoreTrouble)) return { kind: 'failed', error, ...again }
  return error.kind === 'newer' ? { kind: 'newer', trouble: error } : { kind: 'stuck', trouble: error, ...again }
}

/** The kept session may be of yesterday: a renamed branch, or another branch's node at this address. */
async function refresh(known: BranchSession): Promise<void> {
  if (access.paired.value !== true) return
  const session = await askSession()
  if (session && JSON.stringify(session) !== JSON.stringify(known)) location.reload()
}

access.paired.subscribe((paired) => {
  if (paired !== true) return
  forgetCode()
  if (app.value) void refresh(app.value.store.session)
  else if (start.value.kind === 'no-session') void begin()
})
watchInstall()
const IDLE_MS = 2_000
watchUpdates({
  isBegun: () => {
    const { draft, phoneText } = app.value ?? {}
    return (draft?.value.lines.length ?? 0) > 0 || (phoneText?.value ?? '') !== ''
  },
  isLookedAt: () => app.value !== undefined && !document.hidden && access.person.value !== undefined,
  written: async () => {
    const database = app.value?.store.database
    // RxDB is never idle where it always reads something. What is still being written then was not said to be saved.
    if (database && !database.closed) await atMost(IDLE_MS, database.requestIdlePromise())
  },
})
render(<Root />, document.getElementById('app')!)
void begin()
