/** What a branch's standing and its troubles are called, on pages and in commands. */
import type { BranchStanding, BranchTrouble } from './branch-standing.ts'

type Languages<Name extends string> = Readonly<Record<'en' | 'zh', Readonly<Record<Name, string>>>>

export const STANDING_WORDS: Languages<BranchStanding> = {
  en: {
    trouble: 'in trouble',
    silent: 'silent',
    behind: 'behind',
    unchecked: 'not checked',
    'in-sync': 'in sync',
    off: 'off',
  },
  zh: {
    trouble: '需要处理',
    silent: '失联',
    behind: '落后',
    unchecked: '未核对',
    'in-sync': '已同步',
    off: '未启用',
  },
}

export const TROUBLE_WORDS: Languages<BranchTrouble> = {
  en: {
    clone: 'two PCs say that they are it',
    differs: 'differs from headquarters',
    exceptions: 'exceptions wait for a person',
    clock: 'its clock is wrong',
    disk: 'its disk is nearly full',
  },
  zh: {
    clone: '两台电脑自称是该门店',
    differs: '与总店不一致',
    exceptions: '有特情等待人工处理',
    clock: '时钟不准',
    disk: '磁盘将满',
  },
}
