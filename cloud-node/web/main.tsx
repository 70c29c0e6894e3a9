/** Starts the page: the health page for whoever is logged in, else the login. */
import { render, type JSX } from 'preact'
import '../../adapters/ui/base.css'
import { Notice } from '../../adapters/ui/notice.tsx'
import { HealthPage } from './health-page.tsx'
import { LoginPage } from './login-page.tsx'
import './page.css'
import { PageHeader } from './page-header.tsx'
import { openSession, session } from './session.ts'
import { t } from './words.ts'

function App(): JSX.Element {
  const shown = session.value
  if (shown.kind === 'account') return <HealthPage live={shown.live} account={shown.account} />
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
