/** What whoever is not logged in sees of headquarters: nothing but this. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatDuration } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { PageHeader } from './page-header.tsx'
import { logIn, type LoginFailure } from './session.ts'
import { t } from '../words.ts'

export function LoginPage({ why }: { why: 'ended' | 'left' | undefined }): JSX.Element {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<LoginFailure | undefined>(undefined)
  const form = useRef<HTMLFormElement>(null)
  // A browser heeds `autofocus` once a page, and this one comes back.
  const focus = (at: number) => form.current?.querySelectorAll('input')[at]?.focus()
  useEffect(() => focus(0), [])

  const submit = async () => {
    if (busy || name.trim() === '' || password === '') return
    setBusy(true)
    const failed = await logIn(name, password)
    if (!failed) return
    setBusy(false)
    setPassword('')
    setFailure(failed)
    focus(1)
  }
  return (
    <>
      <PageHeader />
      <main class="stack login">
        {why && !failure && (
          <Notice tone={why === 'ended' ? 'busy' : 'neutral'} testId="login-why">
            {t(`login.${why}`)}
          </Notice>
        )}
        <form
          ref={form}
          class="card stack"
          onSubmit={(event) => {
            event.preventDefault()
            void submit()
          }}
        >
          <h2>{t('login.title')}</h2>
          <Field
            label={t('login.name')}
            value={name}
            onInput={setName}
            autoFocus
            autoComplete="username"
            testId="login-name"
          />
          <Field
            label={t('login.password')}
            value={password}
            onInput={setPassword}
            type="password"
            autoComplete="current-password"
            testId="login-password"
          />
          {failure && <ErrorNotice error={inWords(failure)} testId="login-error" />}
          <Button kind="primary" type="submit" disabled={busy} testId="login-submit">
            {t(busy ? 'login.busy' : 'login.submit')}
          </Button>
        </form>
        <p class="muted small">
          {t('login.help')} <code>outpost cloud account --help</code>
        </p>
      </main>
    </>
  )
}

function inWords({ error, waitMs }: LoginFailure): { code?: string; message: string } {
  if (!error) return { message: t('login.unreachable') }
  const { code, message } = error
  if (code === 'LOGIN_FAILED') return { code, message: t('login.LOGIN_FAILED') }
  if (code === 'TOO_MANY_REQUESTS') {
    // Rounded up: who waits that long is let in.
    const wait = formatDuration(waitMs > MINUTE_MS ? Math.ceil(waitMs / MINUTE_MS) * MINUTE_MS : waitMs)
    return { code, message: t('login.TOO_MANY_REQUESTS', { wait }) }
  }
  return { code, message: t('login.other', { message }) }
}

const MINUTE_MS = 60_000
