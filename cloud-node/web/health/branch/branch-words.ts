/** The words of the page of one branch. */
import { translator } from '../../../../adapters/ui/language.ts'

const en = {
  back: 'All branches',
  unknown: 'There is no branch “{id}” at headquarters. The address may be old, or mistyped.',
  'standing.off': 'Off',
  'standing.trouble': 'In trouble',
  'standing.silent': 'Silent',
  'standing.behind': 'Behind',
  'standing.in-sync': 'In sync',
  'standing.unchecked': 'Not checked',
} as const

export type BranchHealthWord = keyof typeof en

const zh: Record<BranchHealthWord, string> = {
  back: '全部门店',
  unknown: '总店没有编号为“{id}”的门店，地址可能已过时或有误。',
  'standing.off': '未启用',
  'standing.trouble': '需要处理',
  'standing.silent': '失联',
  'standing.behind': '落后',
  'standing.in-sync': '已同步',
  'standing.unchecked': '未核对',
}

export const h = translator<BranchHealthWord>({ en, zh })
