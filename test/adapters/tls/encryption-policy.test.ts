import { describe, expect, it } from 'vitest'
import {
  isLoopback,
  refusePlainListening,
  refusePlainRequest,
  refusePlainUrl,
} from '../../../adapters/tls/encryption-policy.ts'

const plain = { hasTls: false, trustedProxies: [], insecureHttp: false }
const unencrypted = (field: string) => expect.objectContaining({ code: 'UNENCRYPTED', field })

describe('a node that listens', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('on %s may do so without TLS', (hostname) => {
    expect(() => refusePlainListening({ ...plain, hostname })).not.toThrow()
  })

  it.each(['0.0.0.0', '::', '192.168.1.10', 'hq.example.com', '128.0.0.1', 'localhost.example.com'])(
    'on %s may not',
    (hostname) => {
      expect(() => refusePlainListening({ ...plain, hostname })).toThrow(unencrypted('tls'))
    },
  )

  it.each([{ hasTls: true }, { trustedProxies: ['10.0.0.1'] }, { insecureHttp: true }])(
    'anywhere may do so with %j',
    (given) => {
      expect(() => refusePlainListening({ ...plain, hostname: '0.0.0.0', ...given })).not.toThrow()
    },
  )
})

describe('the address of headquarters', () => {
  const refuse = (url: string, insecureHttp = false) => refusePlainUrl(url, { field: 'cloud', insecureHttp })

  it.each([
    'https://hq.example.com',
    'https://10.0.0.1:7700',
    'http://127.0.0.1:7700',
    'http://localhost:7700/outpost',
    'http://[::1]:7700',
    'http://LOCALHOST.',
  ])('may be %s', (url) => {
    expect(() => refuse(url)).not.toThrow()
  })

  it.each([
    'http://hq.example.com',
    'http://10.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost@example.com',
    'http://[2001:db8::1]',
    'http://1.27.0.0.1.test',
  ])('may not be %s', (url) => {
    expect(() => refuse(url)).toThrow(unencrypted('cloud'))
  })

  it('may be anything when that was asked for by name', () => {
    expect(() => refuse('http://10.0.0.1', true)).not.toThrow()
  })
})

describe('a request', () => {
  const from = (remoteAddress: string | undefined, isEncrypted = false, insecureHttp = false) =>
    refusePlainRequest({ isEncrypted, remoteAddress }, { insecureHttp })

  it('that came encrypted, or from this machine, is taken', () => {
    expect(() => from('203.0.113.9', true)).not.toThrow()
    for (const here of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(() => from(here)).not.toThrow()
  })

  it('that came in the clear from elsewhere, or from nobody knows where, is refused', () => {
    for (const there of ['203.0.113.9', '::ffff:10.0.0.1', undefined]) {
      expect(() => from(there)).toThrow(expect.objectContaining({ code: 'UNENCRYPTED' }))
    }
  })

  it('is taken all the same when that was asked for by name', () => {
    expect(() => from('203.0.113.9', false, true)).not.toThrow()
  })
})

describe('this machine', () => {
  it('is told from others in every way of writing it', () => {
    for (const name of ['[::1]', '::ffff:127.0.0.1', 'shop.localhost', 'localhost.'])
      expect(isLoopback(name)).toBe(true)
    for (const name of ['', '::ffff:10.0.0.1', 'localhost.test', '127.example', '::'])
      expect(isLoopback(name)).toBe(false)
  })
})
