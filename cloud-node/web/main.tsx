/** Starts the page: the rooms for whoever is logged in, else the login. */
import { render, type JSX } from 'preact'
import '../../adapters/ui/base.css'
import { Notice } from '../../adapters/ui/notice.tsx'
import { onDoubt } from '../../adapters/ui/on-doubt.ts'
import { LoginPage } from './frame/login-page.tsx'
import './frame/page.css'
import { PageHeader } from './frame/page-header.tsx'
import { place } from './frame/place.ts'
import { ROOM_PAGES } from './frame/rooms.ts'
import { openSession, session } from './frame/session.ts'
import './health/health.css'
import { t } from './words.ts'

function App(): JSX.Element {
  const shown = session.value
  if (shown.kind === 'account') {
    const { live, account } = shown
    const Page = ROOM_PAGES[place.value.room]
    // What somebody has begun is nobody else's.
    return <Page key={account.name} live={live} account={account} />
  }
  if (shown.kind === 'nobody') return <LoginPage why={shown.why} />
  return (
    <>
      <PageHeader />
      <main class="stack">
        {shown.unreachable ? <Notice tone="bad">{t('unreachable')}</Notice> : <p role="status">{t('loading')}</p>}
      </main>
    </>
  )
}

render(<App />, document.getElementById('app')!)
void openSession()
onDoubt(() => {
  if (session.value.kind === 'account') session.value.live.doubt()
})
