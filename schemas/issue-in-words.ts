/** What a schema finds wrong, in plain words that never repeat what was given. A schema's own words go before these. */
import type { z } from 'zod'

/** For `safeParse(input, { error: issueInWords })`. */
export function issueInWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${issue.input === undefined ? 'missing; ' : ''}it must be ${NOUNS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `it must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`
    case 'too_small': {
      const { origin, minimum, exact, inclusive } = issue
      if (origin === 'string' && minimum === 1) return 'it must not be empty'
      return inAmounts(origin, minimum, exact ? 'exactly' : inclusive ? 'at least' : 'more than')
    }
    case 'too_big': {
      const { origin, maximum, exact, inclusive } = issue
      return inAmounts(origin, maximum, exact ? 'exactly' : inclusive ? 'at most' : 'less than')
    }
    default:
      return 'not as expected'
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object with fields',
  record: 'an object with fields',
  string: 'text',
}

/** What is counted, of what has a length. */
const UNITS: Readonly<Record<string, string>> = { array: 'entries', string: 'characters' }

function inAmounts(origin: string, limit: number | bigint, relation: string): string {
  const unit = UNITS[origin]
  return unit === undefined ? `it must be ${relation} ${limit}` : `it must have ${relation} ${limit} ${unit}`
}
