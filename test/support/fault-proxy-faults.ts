/** What can go wrong with one request between a branch and headquarters, as data. */

export type Fault =
  /** The connection ends before headquarters sees anything. */
  | { readonly kind: 'drop-request' }
  /** Headquarters has done it and said so, and the connection ends instead. */
  | { readonly kind: 'drop-response' }
  /** Headquarters gets it twice, one after the other; the second answer is the one that arrives. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Half of the answer, then the connection ends. */
  | { readonly kind: 'truncate' }
  /** RST instead of an answer; headquarters sees nothing. */
  | { readonly kind: 'reset' }
  /** One byte, a pause, one byte. */
  | { readonly kind: 'slow'; readonly direction: 'request' | 'response'; readonly msPerByte: number }
  /** Something in between answers in headquarters' place. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  /** The request is accepted, and nothing ever follows; headquarters sees nothing. */
  | { readonly kind: 'half-open' }
  /** The answer begins, and nothing follows: the connection stays. */
  | { readonly kind: 'silence' }
  /** Headquarters gets the request, its answer never comes. */
  | { readonly kind: 'one-way' }
  /** Waits at that point until it is let go, also for an asker that is gone by then. */
  | { readonly kind: 'hold'; readonly at: 'request' | 'answer' }

const PORTAL = '<!doctype html><title>Wi-Fi</title><form action="/login"><button>Accept the terms</button></form>'

/** By what people call them. The slow ones take longer than any deadline. */
export const FAULTS = {
  'drop request': { kind: 'drop-request' },
  'drop response after commit': { kind: 'drop-response' },
  'duplicate request': { kind: 'duplicate' },
  delay: { kind: 'delay', ms: 300 },
  'truncate response': { kind: 'truncate' },
  'reset (RST)': { kind: 'reset' },
  'slow-loris request': { kind: 'slow', direction: 'request', msPerByte: 50 },
  'slow-loris response': { kind: 'slow', direction: 'response', msPerByte: 50 },
  'answer 429': answer(429, 'Too Many Requests', { 'retry-after': '1' }),
  'answer 500': answer(500, 'Internal Server Error'),
  'answer 503': answer(503, 'Service Unavailable', { 'retry-after': '1' }),
  'captive portal': { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: PORTAL },
  'half-open': { kind: 'half-open' },
  'silence in the answer': { kind: 'silence' },
  'one-way partition': { kind: 'one-way' },
} as const satisfies Record<string, Fault>

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return { kind: 'answer', status, headers: { 'content-type': 'text/plain', ...headers }, body } as const
}
