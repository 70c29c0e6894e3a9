import { describe, expect, it } from 'vitest'
import { MOST_TAGS, offeredTags, readTags, withTag } from '../../../../local-node/web/members/member-tags.ts'

describe('tags', () => {
  it('are read from one line, each once, whatever separates them', () => {
    expect(readTags(' VIP，likes  tea、vip; ,老客户')).toEqual(['VIP', 'likes tea', '老客户'])
  })

  it('are not added twice in two spellings, and not without end', () => {
    expect(withTag(['VIP'], 'vip')).toEqual(['VIP'])
    const many = Array.from({ length: MOST_TAGS }, (_, at) => `tag ${at}`)
    expect(withTag(many, 'one more')).toEqual(many)
  })

  it('are offered where they contain what is typed and the member has them not', () => {
    expect(offeredTags(['VIP', 'likes tea', 'Tea club'], ['likes tea'], 'TEA')).toEqual(['Tea club'])
    expect(offeredTags(['VIP', 'likes tea'], ['vip'], '')).toEqual(['likes tea'])
  })
})
