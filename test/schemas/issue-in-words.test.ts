import { expect, it } from 'vitest'
import { z } from 'zod'
import { issueInWords } from '../../schemas/issue-in-words.ts'

const one = z.object({ one: z.string() })

it.each([
  [z.string().min(12), 'secret', 'it must have at least 12 characters'],
  [z.string().max(3), 'secret', 'it must have at most 3 characters'],
  [z.string().length(2), 'secret', 'it must have exactly 2 characters'],
  [z.string().trim().min(1), '  ', 'it must not be empty'],
  [z.array(z.string()).min(2), ['secret'], 'it must have at least 2 entries'],
  [z.int().min(1), 0, 'it must be at least 1'],
  [z.number().positive(), 0, 'it must be more than 0'],
  [z.number().lt(5), 7, 'it must be less than 5'],
  [z.int(), 1.5, 'it must be a whole number'],
  [z.string(), 7, 'it must be text'],
  [z.boolean(), 'secret', 'it must be true or false'],
  [one, {}, 'missing; it must be text'],
  [one, 'secret', 'it must be an object with fields'],
  [z.enum(['viewer', 'operator']), 'secret', 'it must be one of viewer, operator'],
  [z.literal(1), 2, 'it must be 1'],
  [z.string().regex(/^a$/), 'secret', 'not as expected'],
  [z.union([z.string(), z.number()]), true, 'not as expected'],
  [z.string().refine(() => false, 'a name, and not a phone'), 'secret', 'a name, and not a phone'],
])('%# what is wrong is said in plain words', (schema: z.ZodType, input, words) => {
  const { error } = schema.safeParse(input, { error: issueInWords })
  expect(error?.issues.map(({ message }) => message)).toEqual([words])
})
