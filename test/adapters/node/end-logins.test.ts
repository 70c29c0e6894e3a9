import { join } from 'node:path'
import { expect, it } from 'vitest'
import { endLogins } from '../../../adapters/node/end-logins.ts'
import { openStoppedCloud } from '../../../cloud-node/main.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { temporaryFolder } from '../../support/node-process.ts'

it('ends sessions and codes of a store, keeps its accounts, and lets a store be that has none of them', async () => {
  const folder = temporaryFolder()
  const file = join(folder.path, 'store.sqlite')
  const first = openStoppedCloud(folder.path, COLLECTIONS, true)
  const { accounts, enrolment } = first.operations.access
  first.operations.addBranch({ id: 'north', name: 'North' })
  enrolment.issueCode('north')
  const password = 'correct horse battery'
  await accounts.add({ name: 'anna', role: 'administrator', password }, 'test')
  const token = await accounts.login({ name: 'anna', password, address: '127.0.0.1' })
  expect(accounts.whoIs(token)).toMatchObject({ name: 'anna' })
  const codes = 'SELECT COUNT(*) FROM enrolment_code'
  first.close()
  endLogins(file)
  const second = openStoppedCloud(folder.path, COLLECTIONS)
  const { access, cloud } = second.operations
  expect(access.accounts.whoIs(token)).toBe(undefined)
  expect(cloud.replica.store.prepare(codes).pluck().get()).toBe(0)
  expect(access.accounts.list()).toMatchObject([{ name: 'anna' }])
  second.close()
  endLogins(join(folder.path, 'empty.sqlite'))
  folder.remove()
})
