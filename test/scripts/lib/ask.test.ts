import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createAsk } from '../../../scripts/lib/ask.mjs'

const terminal = () => Object.assign(new PassThrough(), { isTTY: true })

describe('asking before the machine is changed', () => {
  it('is not needed in CI, or when everything was agreed to beforehand', async () => {
    const notATerminal = new PassThrough()
    expect(await createAsk({ CI: 'true' }, notATerminal, notATerminal)('Install?')).toBe(true)
    expect(await createAsk({ OUTPOST_YES: '1' }, notATerminal, notATerminal)('Install?')).toBe(true)
  })

  it('counts as refused where there is nobody to ask', async () => {
    expect(await createAsk({}, new PassThrough(), terminal())('Install?')).toBe(false)
    expect(await createAsk({}, terminal(), new PassThrough())('Install?')).toBe(false)
  })

  it.each([
    ['\n', true],
    ['y\n', true],
    ['Yes\n', true],
    ['n\n', false],
    ['what?\n', false],
  ])('takes %j as %s', async (answer, agreed) => {
    const [input, output] = [terminal(), terminal()]
    const asking = createAsk({}, input, output)('Install?')
    input.write(answer)
    expect(await asking).toBe(agreed)
    expect(String(output.read())).toBe('Install? [Y/n] ')
  })

  it('takes the end of input as no', async () => {
    const input = terminal()
    const asking = createAsk({}, input, terminal())('Install?')
    input.end()
    expect(await asking).toBe(false)
  })
})
