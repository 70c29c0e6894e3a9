/** The head of every page here, with the ways between the rooms for whoever is logged in. */
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { LanguageSwitch } from '../../../adapters/ui/language-switch.tsx'
import { t } from '../words.ts'
import { hashOf, ROOMS, type Room } from './place.ts'

export function PageHeader({ room, children }: { room?: Room; children?: ComponentChildren }): JSX.Element {
  const title = t(`room.${room ?? 'health'}.title`)
  useEffect(() => {
    document.title = `${title} · ${t('subtitle')}`
  }, [title])
  const here = useRef<HTMLAnchorElement>(null)
  useEffect(() => here.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [room])
  return (
    <header class="header">
      <h1>
        <img src="/icon.svg" alt="" width="32" height="32" />
        <span>
          {title} <small>{t('subtitle')}</small>
        </span>
      </h1>
      {room && (
        <nav class="rooms" aria-label={t('rooms')}>
          {ROOMS.map((one) => (
            <a
              key={one}
              {...(one === room && { ref: here })}
              href={hashOf(one)}
              aria-current={one === room ? 'page' : undefined}
              data-testid={`room-${one}`}
            >
              {t(`room.${one}`)}
            </a>
          ))}
        </nav>
      )}
      <div class="row">
        {children}
        <LanguageSwitch />
      </div>
    </header>
  )
}
