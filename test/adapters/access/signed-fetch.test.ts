import { afterEach, beforeEach, expect, it } from 'vitest'
import { EXCHANGE_PATH } from '../../../adapters/http/exchange-path.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../../support/served-cloud.ts'

let cloud: ServedCloud

beforeEach(async () => {
  cloud = await serveCloud(['b1'])
})

afterEach(() => cloud.close())

it('requests that are made at once, before any number is known, are all signed again over the one that is told', async () => {
  const streaming = new AbortController()
  const answers = await Promise.all([
    cloud.sendAs('b1')(`${EXCHANGE_PATH}/nudges`, { method: 'GET', signal: streaming.signal }),
    cloud.post('b1', 'heartbeat', heartbeatOf('b1')),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  streaming.abort()
})
