import { describe, expect, test } from 'vitest'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'

describe('an error', () => {
  test('keeps its code, its field and what caused it', () => {
    const cause = new Error('below')
    const error = new OutpostError('SCOPE', 'not yours', { field: 'branchId', cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'OutpostError', code: 'SCOPE', message: 'not yours', field: 'branchId', cause })
    expect(new OutpostError('SCOPE', 'x')).not.toHaveProperty('cause')
  })

  test('leaves a node with code and message, and says field and request only where there are some', () => {
    expect(toErrorBody(new OutpostError('SCOPE', 'not yours'))).toEqual({ code: 'SCOPE', message: 'not yours' })
    expect(toErrorBody(new OutpostError('SCOPE', 'not yours', { field: 'f' }), 'r1')).toEqual({
      code: 'SCOPE',
      message: 'not yours',
      field: 'f',
      requestId: 'r1',
    })
  })

  test('that nobody expected tells nothing of what it was', () => {
    for (const thrown of [new Error('password=1'), 'password=1', null, { code: 'SCOPE', message: 'password=1' }]) {
      const body = toErrorBody(thrown, 'r1')
      expect(body).toMatchObject({ code: 'INTERNAL', requestId: 'r1' })
      expect(JSON.stringify(body)).not.toContain('password')
    }
  })
})
