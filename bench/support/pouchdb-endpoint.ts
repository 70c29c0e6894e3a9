/** The far side of PouchDB, a process of its own: express-pouchdb with what replication needs, on LevelDB. */
import type { Express } from 'express'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { loadPouchDbPackage, loadPouchOrders, type PouchDbClass } from './pouchdb-packages.ts'

type ExpressPouchDb = (pouchDb: PouchDbClass, options: { readonly mode: 'minimumForPouchDB' }) => Express

const [folder = ''] = process.argv.slice(2)
const PouchDb = (loadPouchDbPackage('pouchdb') as PouchDbClass).defaults({ prefix: join(folder, '/') })
const expressPouchDb = loadPouchDbPackage('express-pouchdb') as ExpressPouchDb
const app = (loadPouchDbPackage('express') as () => Express)()

app.post('/load/:count', (req, res, next) => {
  loadPouchOrders(new PouchDb('orders'), Number(req.params.count)).then(() => res.json({}), next)
})
app.use(expressPouchDb(PouchDb, { mode: 'minimumForPouchDB' }))
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
