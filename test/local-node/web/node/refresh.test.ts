import { expect, it } from 'vitest'
import type { AskNode, NodeRequest } from '../../../../local-node/web/node/ask-node.ts'
import { askRefresh } from '../../../../local-node/web/node/refresh.ts'
import { refreshBodySchema } from '../../../../schemas/protocol/whereabouts.ts'

it('asks as the node takes it, and whoever opened the document hears nothing of the answer', () => {
  const asked: NodeRequest[] = []
  const ask: AskNode = (request) => {
    asked.push(request)
    return Promise.resolve({ kind: 'unreachable' })
  }
  expect(askRefresh('members', 'm1', ask)).toBeUndefined()
  expect(asked).toEqual([{ method: 'POST', path: '/api/refresh', body: { collection: 'members', id: 'm1' } }])
  expect(refreshBodySchema.parse(asked[0]!.body)).toEqual({ collection: 'members', id: 'm1' })
})
