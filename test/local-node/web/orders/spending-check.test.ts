import { describe, expect, it } from 'vitest'
import { spendingProblem } from '../../../../local-node/web/orders/spending-check.ts'
import { NO_BALANCE } from '../../../../schemas/contribution.ts'

const session = { currency: 'CNY', overdraft: NO_BALANCE }
const paying = { memberId: 'a', spent: { points: 0, value: 0 }, earned: 12, total: 1250 }

describe('paying with points and stored value', () => {
  it('may take what is shown, and what the order itself earns', () => {
    const shown = { points: 100, value: 500 }
    expect(spendingProblem({ ...paying, spent: { points: 112, value: 500 } }, shown, session)).toBeUndefined()
  })

  it('is refused beyond that, with what there is and the most that can be spent', () => {
    const shown = { points: 100, value: 500 }
    const tooManyPoints = spendingProblem({ ...paying, spent: { points: 113, value: 0 } }, shown, session)
    expect(tooManyPoints).toEqual({ kind: 'points', shown: 100, most: 112 })
    const tooMuchValue = spendingProblem({ ...paying, spent: { points: 0, value: 501 } }, shown, session)
    expect(tooMuchValue).toEqual({ kind: 'value', shown: 500, most: 500 })
  })

  it('may overdraw as far as the chain allows', () => {
    const lenient = { ...session, overdraft: { points: 0, value: 1000 } }
    expect(spendingProblem({ ...paying, spent: { points: 0, value: 1000 } }, undefined, lenient)).toBeUndefined()
    expect(spendingProblem({ ...paying, spent: { points: 0, value: 1001 } }, undefined, lenient)?.kind).toBe('value')
  })

  it('takes no more stored value than the order costs', () => {
    const rich = { points: 0, value: 9999 }
    const problem = spendingProblem({ ...paying, spent: { points: 0, value: 1251 } }, rich, session)
    expect(problem).toEqual({ kind: 'above-total', value: 1251, total: 1250 })
  })

  it('lets whoever spends nothing pay, also with a balance below zero', () => {
    expect(spendingProblem(paying, { points: -50, value: -10 }, session)).toBeUndefined()
  })
})
