import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BranchAccess } from '../../../local-node/access/branch-access.ts'
import { Client, COMMAND_TOKEN, serveAccess, type Answer, type ServedAccess } from './serve-access.ts'

const MANAGER = { name: 'Zhang Min', pin: '830417' }
const CASHIER = { name: 'Li Na', role: 'cashier', pin: '275918' }

let served: ServedAccess
let command: Client

beforeEach(async () => {
  served = await serveAccess()
  command = new Client(served.url, COMMAND_TOKEN)
})

afterEach(() => {
  vi.restoreAllMocks()
  return served.stop()
})

async function newCode(by = command): Promise<string> {
  return (await by.post('/api/pairing-codes')).body['code'] as string
}

/** A browser that is paired; the first one makes the manager. */
async function pairedClient(name = 'Till 1'): Promise<Client> {
  served.nowMs += 1000
  const client = new Client(served.url)
  const { needsManager } = (await client.get('/api/access')).body
  const answer = await client.post('/api/pairing', {
    code: await newCode(),
    name,
    ...(needsManager === true && { manager: MANAGER }),
  })
  expect(answer.status).toBe(200)
  return client
}

async function login(client: Client, name: string, pin: string): Promise<Answer> {
  return client.post('/api/staff/login', { staffId: await idOf(name), pin })
}

async function idOf(name: string): Promise<string> {
  const staff = (await command.get('/api/staff/all')).list as { id: string; name: string }[]
  return staff.find((one) => one.name === name)!.id
}

/** As a full disk would at that moment. */
function failToNote(action: string): void {
  const note = served.audit.note.bind(served.audit)
  vi.spyOn(served.audit, 'note').mockImplementation((entry) => {
    if (entry.action === action) throw new Error('nothing can be written')
    note(entry)
  })
}

const statuses = async (client: Client) =>
  Promise.all(['device', 'cashier', 'manager'].map(async (role) => (await client.get(`/for/${role}`)).status))

describe('pairing', () => {
  it('lets in a browser with a code, and makes the first manager', async () => {
    const client = new Client(served.url)
    expect((await client.get('/api/access')).body).toEqual({ paired: false, needsManager: true })
    const answer = await client.post('/api/pairing', { code: await newCode(), name: 'Till 1', manager: MANAGER })
    expect(answer).toMatchObject({ status: 200, body: { device: { name: 'Till 1' } } })
    expect(answer.body).not.toHaveProperty('token')
    expect(answer.headers.get('set-cookie')).toMatch(
      /^outpost-device-b1=[\w-]{43}; Max-Age=34560000; Path=\/; .*HttpOnly; SameSite=Strict$/,
    )
    const facts = (await client.get('/api/access')).body
    expect(facts).toEqual({ paired: true, device: answer.body['device'], needsManager: false })
    expect(await statuses(client)).toEqual([200, 401, 401])
    expect(await login(client, MANAGER.name, MANAGER.pin)).toMatchObject({ status: 200 })
    expect(await statuses(client)).toEqual([200, 200, 200])
  })

  it('wants a manager from the first browser, and leaves the code open until it has one', async () => {
    const client = new Client(served.url)
    const code = await newCode()
    const pair = (more: object) => client.post('/api/pairing', { code, name: 'Till 1', ...more })
    expect(await pair({})).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST', field: 'manager' } })
    const guessable = { name: 'Zhang Min', pin: '123456' }
    expect(await pair({ manager: guessable })).toMatchObject({ status: 400, body: { field: 'pin' } })
    expect(await pair({ manager: MANAGER })).toMatchObject({ status: 200 })
    expect(await pair({})).toMatchObject({ status: 403, body: { code: 'PAIRING_CODE' } })
  })

  it('makes no second manager', async () => {
    await pairedClient()
    const other = new Client(served.url)
    const manager = { name: 'Somebody', pin: '275918' }
    const answer = await other.post('/api/pairing', { code: await newCode(), name: 'Till 2', manager })
    expect(answer).toMatchObject({ status: 409, body: { code: 'ACCOUNT_EXISTS' } })
    expect(served.access.staff.list().map(({ name }) => name)).toEqual([MANAGER.name])
    expect((await other.get('/api/access')).body['paired']).toBe(false)
  })

  it('makes one manager when two browsers try at the same time', async () => {
    const codes = [await newCode(), await newCode()]
    const answers = await Promise.all(
      codes.map((code, at) =>
        new Client(served.url).post('/api/pairing', {
          code,
          name: `Till ${at}`,
          manager: { name: `Manager ${at}`, pin: '830417' },
        }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409])
    expect(served.access.staff.list()).toHaveLength(1)
    expect(served.access.devices.list()).toHaveLength(1)
  })

  it('makes no manager and lets in no device that the audit log does not tell of, and leaves the code open', async () => {
    const client = new Client(served.url)
    const pairing = { code: await newCode(), name: 'Till 1', manager: MANAGER }
    failToNote('device.pair')
    expect((await client.post('/api/pairing', pairing)).status).toBe(500)
    expect([served.access.staff.list(), served.access.devices.list()]).toEqual([[], []])
    vi.restoreAllMocks()
    expect((await client.post('/api/pairing', pairing)).status).toBe(200)
  })

  it('shuts out no device that the audit log does not tell of', async () => {
    const client = await pairedClient()
    failToNote('device.revoke')
    const [device] = served.access.devices.list()
    expect((await command.post(`/api/devices/${device!.id}/revoke`)).status).toBe(500)
    expect((await client.get('/api/access')).body['paired']).toBe(true)
  })

  it('gives a program its token, and no hash of a PIN', async () => {
    await pairedClient()
    const answer = await new Client(served.url).post('/api/pairing', {
      code: await newCode(),
      name: 'Kitchen display',
      bearer: true,
    })
    expect(answer.headers.get('set-cookie')).toBeNull()
    const program = new Client(served.url, answer.body['token'] as string)
    expect(await statuses(program)).toEqual([200, 401, 401])
    const staff = (await program.get('/api/staff')).list
    const [person] = staff as { pinVersion: string }[]
    const pinVersion = person!.pinVersion
    expect(staff).toEqual([{ id: await idOf(MANAGER.name), name: MANAGER.name, role: 'manager', pinVersion }])
  })

  it('lets nobody log in at a program, also where its token is in a cookie next to that of a login', async () => {
    const browser = await pairedClient()
    await login(browser, MANAGER.name, MANAGER.pin)
    const pairing = { code: await newCode(), name: 'Kitchen display', bearer: true }
    const token = (await new Client(served.url).post('/api/pairing', pairing)).body['token'] as string
    const disguised = new Client(served.url)
    disguised.cookies.set('outpost-device-b1', token)
    for (const program of [new Client(served.url, token), disguised]) {
      const answer = await login(program, MANAGER.name, MANAGER.pin)
      expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
      // A session of the program's own, however it came by it, counts no more than another one's.
      const { id } = served.access.devices.list().find(({ name }) => name === 'Kitchen display')!
      const device = { kind: 'device', id, name: 'Kitchen display' } as const
      const session = await served.access.staff.login(device, await idOf(MANAGER.name), MANAGER.pin)
      program.cookies.set('outpost-staff-b1', session.token)
      expect(await statuses(program)).toEqual([200, 401, 401])
      expect(JSON.stringify((await program.get('/api/staff')).list)).not.toContain('argon2')
    }
  })

  it('needs no manager for a program', async () => {
    const pairing = { code: await newCode(), name: 'Kitchen display', bearer: true }
    expect(await new Client(served.url).post('/api/pairing', pairing)).toMatchObject({ status: 200 })
  })

  it('shuts a device out at once, with who is logged in at it', async () => {
    const [kept, stolen] = [await pairedClient(), await pairedClient('Tablet')]
    await login(stolen, MANAGER.name, MANAGER.pin)
    await login(kept, MANAGER.name, MANAGER.pin)
    const devices = (await kept.get('/api/devices')).list as { id: string; name: string }[]
    expect(devices.map(({ name }) => name)).toEqual(['Tablet', 'Till 1'])
    const { id } = devices[0]!
    expect((await kept.post(`/api/devices/${id}/revoke`)).status).toBe(200)
    expect(await statuses(stolen)).toEqual([401, 401, 401])
    expect((await stolen.get('/api/access')).body).toEqual({ paired: false, needsManager: false })
    expect(await statuses(kept)).toEqual([200, 200, 200])
    expect(await kept.post(`/api/devices/${id}/revoke`)).toMatchObject({ body: { code: 'DEVICE_UNKNOWN' } })
  })

  it('tells a browser that was shut out as lost of it, and nobody else, also after a restart, until it is paired again', async () => {
    const [kept, lost, out] = [await pairedClient(), await pairedClient('Tablet'), await pairedClient('Till 2')]
    await login(kept, MANAGER.name, MANAGER.pin)
    const named = new Map(served.access.devices.list().map(({ id, name }) => [name, id]))
    expect((await kept.post(`/api/devices/${named.get('Tablet')}/revoke`, { lost: false })).status).toBe(400)
    expect((await kept.post(`/api/devices/${named.get('Tablet')}/revoke`, { lost: true })).status).toBe(200)
    expect((await kept.post(`/api/devices/${named.get('Till 2')}/revoke`)).status).toBe(200)
    const asked = async (client: Client) => (await client.get('/api/access')).body
    const unpaired = { paired: false, needsManager: false }
    expect(await asked(lost)).toEqual({ ...unpaired, lost: true })
    expect(await asked(lost)).toEqual({ ...unpaired, lost: true })
    expect(await statuses(lost)).toEqual([401, 401, 401])
    expect(await asked(out)).toEqual(unpaired)
    expect(await asked(new Client(served.url))).toEqual(unpaired)
    expect(await asked(kept)).toMatchObject({ paired: true })
    const [entry] = served.audit.list({ limit: 10 }).filter(({ subject }) => subject === named.get('Tablet'))
    expect(entry).toMatchObject({ action: 'device.revoke', detail: { name: 'Tablet', as: 'lost' } })

    const { store, audit } = served
    const again = new BranchAccess({ store, branchId: 'b1', audit, nowMs: () => served.nowMs })
    const token = lost.cookies.get('outpost-device-b1')
    expect(again.facts({ kind: 'nobody' }, token)).toEqual({ ...unpaired, lost: true })
    await lost.post('/api/pairing', { code: await newCode(), name: 'Tablet' })
    expect(await asked(lost)).toMatchObject({ paired: true })
    expect(await asked(lost)).not.toHaveProperty('lost')
  })

  it('takes no device for lost that the audit log does not tell of, and no program at all', async () => {
    const client = await pairedClient()
    const [device] = served.access.devices.list()
    failToNote('device.revoke')
    expect((await command.post(`/api/devices/${device!.id}/revoke`, { lost: true })).status).toBe(500)
    vi.restoreAllMocks()
    expect((await client.get('/api/access')).body['paired']).toBe(true)
    await command.post(`/api/devices/${device!.id}/revoke`)
    expect((await client.get('/api/access')).body).toEqual({ paired: false, needsManager: false })

    const pairing = { code: await newCode(), name: 'Kitchen display', bearer: true }
    const { device: program } = (await new Client(served.url).post('/api/pairing', pairing)).body as {
      device: { id: string }
    }
    const refused = await command.post(`/api/devices/${program.id}/revoke`, { lost: true })
    expect(refused).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST', field: 'lost' } })
    expect(served.access.devices.list()).toMatchObject([{ id: program.id, holder: 'program' }])
  })

  it('declares a browser lost that was shut out before, which is told then, and lists it no more', async () => {
    const [kept, out] = [await pairedClient(), await pairedClient('Tablet')]
    await login(kept, MANAGER.name, MANAGER.pin)
    const [device] = (await kept.get('/api/devices')).list as { id: string; pairedAt: string }[]
    const { id, pairedAt } = device!
    await kept.post(`/api/devices/${id}/revoke`)
    const shutOutAt = new Date(served.nowMs).toISOString()
    expect((await kept.get('/api/devices/shut-out')).list).toEqual([{ id, name: 'Tablet', pairedAt, shutOutAt }])
    expect((await kept.get('/api/devices')).list).toMatchObject([{ name: 'Till 1' }])

    failToNote('device.revoke')
    expect((await kept.post(`/api/devices/${id}/revoke`, { lost: true })).status).toBe(500)
    vi.restoreAllMocks()
    const unpaired = { paired: false, needsManager: false }
    expect((await out.get('/api/access')).body).toEqual(unpaired)
    expect((await kept.post(`/api/devices/${id}/revoke`, { lost: true })).status).toBe(200)
    expect((await out.get('/api/access')).body).toEqual({ ...unpaired, lost: true })
    expect((await kept.get('/api/devices/shut-out')).list).toEqual([])
    const [entry] = served.audit.list({ limit: 1 })
    const detail = { name: 'Tablet', as: 'lost' }
    expect(entry).toMatchObject({ action: 'device.revoke', subject: id, detail })
    const again = await kept.post(`/api/devices/${id}/revoke`, { lost: true })
    expect(again).toMatchObject({ status: 404, body: { code: 'DEVICE_UNKNOWN' } })
  })

  it('lists nobody as shut out who is paired again, was lost at once, or is a program', async () => {
    const [back, lost] = [await pairedClient(), await pairedClient('Tablet')]
    const pairing = { code: await newCode(), name: 'Kitchen display', bearer: true }
    await new Client(served.url).post('/api/pairing', pairing)
    const shutOut = () => served.access.devices.listShutOut().map(({ name }) => name)
    for (const { id, name } of served.access.devices.list()) {
      await command.post(`/api/devices/${id}/revoke`, name === 'Tablet' ? { lost: true } : {})
    }
    expect((await lost.get('/api/access')).body).toMatchObject({ lost: true })
    expect(shutOut()).toEqual(['Till 1'])
    // Somebody else's pairing changes nothing about it.
    await pairedClient('Till 2')
    expect(shutOut()).toEqual(['Till 1'])
    await back.post('/api/pairing', { code: await newCode(), name: 'Till 1' })
    expect(shutOut()).toEqual([])
  })

  it('lists a device no more that was taken out of use at itself, once it says that it is empty, and believes no other', async () => {
    const [kept, retired, stolen] = [await pairedClient(), await pairedClient('Tablet'), await pairedClient('Till 2')]
    const named = new Map(served.access.devices.list().map(({ id, name }) => [name, id]))
    const shutOut = async () =>
      ((await kept.get('/api/devices/shut-out')).list as { name: string }[]).map(({ name }) => name).toSorted()
    for (const client of [kept, retired]) await login(client, MANAGER.name, MANAGER.pin)
    await kept.post(`/api/devices/${named.get('Till 2')}/revoke`)
    await retired.post(`/api/devices/${named.get('Tablet')}/revoke`)
    expect(await shutOut()).toEqual(['Tablet', 'Till 2'])
    expect((await retired.post('/api/access/emptied')).body).toEqual({ noted: true })
    expect((await stolen.post('/api/access/emptied')).body).toEqual({ noted: false })
    expect((await new Client(served.url).post('/api/access/emptied')).body).toEqual({ noted: false })
    expect(await shutOut()).toEqual(['Till 2'])
  })

  it('lets a device that was shut out pair again', async () => {
    const client = await pairedClient()
    const [device] = served.access.devices.list()
    await command.post(`/api/devices/${device!.id}/revoke`)
    expect(await statuses(client)).toEqual([401, 401, 401])
    await client.post('/api/pairing', { code: await newCode(), name: 'Till 1' })
    expect(await statuses(client)).toEqual([200, 401, 401])
  })

  it('answers how long to wait after five wrong codes', async () => {
    const client = new Client(served.url)
    const tries = []
    for (let at = 0; at < 6; at++) tries.push(await client.post('/api/pairing', { code: '0000-0000', name: 'x' }))
    expect(tries.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 429])
  })

  it('renews the cookie of a paired browser when the app starts', async () => {
    const client = await pairedClient()
    expect((await client.get('/api/access')).headers.get('set-cookie')).toContain('Max-Age=34560000')
  })
})

it('asks for no more than one manager when a page asks how it stands', async () => {
  const prepare = vi.spyOn(served.store, 'prepare')
  await new Client(served.url).get('/api/access')
  const asked = prepare.mock.calls.map(([sql]) => sql)
  expect(asked).toEqual(["SELECT 1 FROM staff WHERE role = 'manager' AND closed = 0 LIMIT 1"])
})

describe('logging in', () => {
  it('gives a cashier what is for cashiers, and a manager all', async () => {
    const client = await pairedClient()
    await command.post('/api/staff', CASHIER)
    expect(await login(client, CASHIER.name, CASHIER.pin)).toMatchObject({
      status: 200,
      body: { staff: { name: CASHIER.name, role: 'cashier' } },
    })
    expect(await statuses(client)).toEqual([200, 200, 403])
    expect((await client.get('/api/access')).body['staff']).toMatchObject({ name: CASHIER.name, role: 'cashier' })
    await login(client, MANAGER.name, MANAGER.pin)
    expect(await statuses(client)).toEqual([200, 200, 200])
    await client.post('/api/staff/logout')
    expect(await statuses(client)).toEqual([200, 401, 401])
  })

  it('is for paired devices only', async () => {
    await pairedClient()
    const answer = await login(new Client(served.url), MANAGER.name, MANAGER.pin)
    expect(answer.status).toBe(401)
    expect(await login(command, MANAGER.name, MANAGER.pin)).toMatchObject({ body: { code: 'FORBIDDEN' } })
  })

  it('says the same of a wrong PIN, of somebody closed and of somebody unknown', async () => {
    const client = await pairedClient()
    await command.post('/api/staff', CASHIER)
    const id = await idOf(CASHIER.name)
    const wrong = await login(client, CASHIER.name, '8888')
    await command.post(`/api/staff/${id}/close`)
    const closed = await login(client, CASHIER.name, CASHIER.pin)
    const unknown = await client.post('/api/staff/login', { staffId: 'nobody', pin: CASHIER.pin })
    for (const answer of [wrong, closed, unknown]) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'LOGIN_FAILED', message: wrong.body['message'] } })
    }
  })

  it('makes people wait after five wrong PINs, each by themselves, and lets the right one end it', async () => {
    const client = await pairedClient()
    await command.post('/api/staff', CASHIER)
    for (let at = 0; at < 5; at++) expect((await login(client, CASHIER.name, '8888')).status).toBe(401)
    expect(await login(client, CASHIER.name, CASHIER.pin)).toMatchObject({ status: 429 })
    expect((await login(client, MANAGER.name, MANAGER.pin)).status).toBe(200)
    served.nowMs += 30_000
    expect((await login(client, CASHIER.name, CASHIER.pin)).status).toBe(200)
    expect((await login(client, CASHIER.name, '8888')).status).toBe(401)
  })

  it('lets no more PINs through at the same time than one after another', async () => {
    const client = await pairedClient()
    const id = await idOf(MANAGER.name)
    const pins = Array.from({ length: 12 }, (_, at) => String(8300 + at * 7))
    const answers = await Promise.all(pins.map((pin) => client.post('/api/staff/login', { staffId: id, pin })))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7)
  })

  it('opens nothing at another device with a copied cookie', async () => {
    const [one, other] = [await pairedClient(), await pairedClient('Till 2')]
    await login(one, MANAGER.name, MANAGER.pin)
    other.cookies.set('outpost-staff-b1', one.cookies.get('outpost-staff-b1')!)
    expect(await statuses(other)).toEqual([200, 401, 401])
    expect(await statuses(one)).toEqual([200, 200, 200])
  })

  it('ends after twelve hours', async () => {
    const client = await pairedClient()
    await login(client, MANAGER.name, MANAGER.pin)
    served.nowMs += 12 * 3_600_000 - 1
    expect(await statuses(client)).toEqual([200, 200, 200])
    served.nowMs += 1
    expect(await statuses(client)).toEqual([200, 401, 401])
  })

  it('ends everywhere when the PIN is changed or the person is closed', async () => {
    const [one, other] = [await pairedClient(), await pairedClient('Till 2')]
    await command.post('/api/staff', CASHIER)
    const id = await idOf(CASHIER.name)
    await login(one, CASHIER.name, CASHIER.pin)
    await login(other, CASHIER.name, CASHIER.pin)
    await command.post(`/api/staff/${id}/pin`, { pin: '640218' })
    expect([await statuses(one), await statuses(other)]).toEqual([
      [200, 401, 401],
      [200, 401, 401],
    ])
    expect((await login(one, CASHIER.name, CASHIER.pin)).status).toBe(401)
    expect((await login(one, CASHIER.name, '640218')).status).toBe(200)
    await command.post(`/api/staff/${id}/close`)
    expect(await statuses(one)).toEqual([200, 401, 401])
    await command.post(`/api/staff/${id}/reopen`)
    expect(await statuses(one)).toEqual([200, 401, 401])
    expect((await login(one, CASHIER.name, '640218')).status).toBe(200)
  })

  it('takes rights away at once', async () => {
    const client = await pairedClient()
    await command.post('/api/staff', { ...CASHIER, role: 'manager' })
    await login(client, CASHIER.name, CASHIER.pin)
    expect(await statuses(client)).toEqual([200, 200, 200])
    await command.post(`/api/staff/${await idOf(CASHIER.name)}/role`, { role: 'cashier' })
    expect(await statuses(client)).toEqual([200, 200, 403])
  })

  it('lets people change their own PIN with the present one, and ends their other logins', async () => {
    const [one, other] = [await pairedClient(), await pairedClient('Till 2')]
    await login(one, MANAGER.name, MANAGER.pin)
    await login(other, MANAGER.name, MANAGER.pin)
    const change = (present: string, pin: string) => one.post('/api/staff/own-pin', { present, pin })
    expect(await change('8888', '640218')).toMatchObject({ status: 401 })
    expect(await change(MANAGER.pin, '1111')).toMatchObject({ status: 400, body: { field: 'pin' } })
    expect(await change(MANAGER.pin, '640218')).toMatchObject({ status: 200 })
    expect(await statuses(one)).toEqual([200, 200, 200])
    expect(await statuses(other)).toEqual([200, 401, 401])
    expect((await login(other, MANAGER.name, '640218')).status).toBe(200)
  })
})

describe("checking a manager's PIN at a device where somebody else is logged in", () => {
  /** A till with a cashier. */
  async function till(): Promise<Client> {
    const client = await pairedClient()
    await command.post('/api/staff', CASHIER)
    await login(client, CASHIER.name, CASHIER.pin)
    return client
  }

  async function check(client: Client, name: string, pin: string): Promise<Answer> {
    return client.post('/api/staff/check-pin', { staffId: await idOf(name), pin })
  }

  it('tells whose the right one is, logs nobody in by it, and says in the audit log who asked', async () => {
    const client = await till()
    const before = new Map(client.cookies)
    const answer = await check(client, MANAGER.name, MANAGER.pin)
    const id = await idOf(MANAGER.name)
    expect(answer).toMatchObject({ status: 200, body: { staff: { id, name: MANAGER.name, role: 'manager' } } })
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(client.cookies).toEqual(before)
    expect(await statuses(client)).toEqual([200, 200, 403])
    expect((await client.get('/api/access')).body['staff']).toMatchObject({ name: CASHIER.name })
    const [entry] = served.audit.list({ limit: 1 })
    const detail = { name: MANAGER.name }
    expect(entry).toMatchObject({ actor: 'staff Li Na', action: 'staff.pin-checked', subject: id, detail })
  })

  it('says of a wrong one, of somebody closed and of somebody unknown what the login says', async () => {
    const client = await till()
    const said = await login(client, MANAGER.name, '111999')
    await command.post('/api/staff', { name: 'Wang Wei', role: 'cashier', pin: '5927' })
    await command.post(`/api/staff/${await idOf('Wang Wei')}/close`)
    for (const answer of [
      await check(client, MANAGER.name, '111999'),
      await check(client, 'Wang Wei', '5927'),
      await client.post('/api/staff/check-pin', { staffId: 'nobody', pin: MANAGER.pin }),
    ]) {
      const { code, message, field } = said.body
      expect(answer).toMatchObject({ status: 401, body: { code, message, field } })
    }
    expect(await statuses(client)).toEqual([200, 200, 403])
  })

  it('counts wrong ones together with those of the login, from whatever device, and the waits grow alike', async () => {
    const [one, other] = [await till(), await pairedClient('Till 2')]
    const tries = [check, login, check, login, check]
    for (const [at, attempt] of tries.entries()) {
      expect((await attempt(at < 2 ? one : other, MANAGER.name, '111999')).status).toBe(401)
    }
    for (const waitS of [30, 60]) {
      for (const attempt of [check, login]) {
        const answer = await attempt(one, MANAGER.name, MANAGER.pin)
        expect(answer).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } })
        expect(answer.headers.get('retry-after')).toBe(String(waitS))
      }
      served.nowMs += waitS * 1000
      expect((await check(one, MANAGER.name, '111999')).status).toBe(401)
    }
    served.nowMs += 120_000
    expect((await check(one, MANAGER.name, MANAGER.pin)).status).toBe(200)
    expect((await login(other, MANAGER.name, '111999')).status).toBe(401)
  })

  it('is for browsers that are paired, whoever is logged in there or nobody, and not for programs and commands', async () => {
    const client = await till()
    await client.post('/api/staff/logout')
    expect((await check(client, MANAGER.name, MANAGER.pin)).status).toBe(200)
    const stranger = await check(new Client(served.url), MANAGER.name, MANAGER.pin)
    expect(stranger).toMatchObject({ status: 401, body: { code: 'NOT_PAIRED' } })
    const pairing = { code: await newCode(), name: 'Kitchen display', bearer: true }
    const { body } = await new Client(served.url).post('/api/pairing', pairing)
    for (const asker of [new Client(served.url, body['token'] as string), command]) {
      const answer = await check(asker, MANAGER.name, MANAGER.pin)
      expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    }
  })
})

describe('the staff', () => {
  it('keeps the only manager', async () => {
    await pairedClient()
    await command.post('/api/staff', CASHIER)
    const [manager, cashier] = [await idOf(MANAGER.name), await idOf(CASHIER.name)]
    const needed = { status: 409, body: { code: 'ACCOUNT_NEEDED' } }
    expect(await command.post(`/api/staff/${manager}/close`)).toMatchObject(needed)
    expect(await command.post(`/api/staff/${manager}/role`, { role: 'cashier' })).toMatchObject(needed)
    await command.post(`/api/staff/${cashier}/role`, { role: 'manager' })
    expect(await command.post(`/api/staff/${manager}/close`)).toMatchObject({ status: 200, body: { closed: true } })
    expect(await command.post(`/api/staff/${cashier}/close`)).toMatchObject(needed)
  })

  it('has nobody twice, however the name is written', async () => {
    await command.post('/api/staff', CASHIER)
    const again = await command.post('/api/staff', { ...CASHIER, name: ' LI  na ' })
    expect(again).toMatchObject({ status: 409, body: { code: 'ACCOUNT_EXISTS', field: 'name' } })
  })

  it.each(['0000', '1234', '12', '12345678901', 'abcd'])('refuses the PIN %s', async (pin) => {
    expect(await command.post('/api/staff', { ...CASHIER, pin })).toMatchObject({ status: 400, body: { field: 'pin' } })
  })

  it.each([' ', '138 0013 8000', 'Li\nNa'])('takes "%s" for no name', async (name) => {
    expect(await command.post('/api/staff', { ...CASHIER, name })).toMatchObject({
      status: 400,
      body: { field: 'name' },
    })
  })

  it('tells of nobody who is not there', async () => {
    for (const [path, body] of [
      ['pin', { pin: '640218' }],
      ['role', { role: 'cashier' }],
      ['close', {}],
      ['reopen', {}],
    ] as const) {
      expect(await command.post(`/api/staff/nobody/${path}`, body)).toMatchObject({ status: 404 })
    }
  })

  it('wants a PIN of six digits of whoever is or becomes a manager', async () => {
    const short = { status: 400, body: { code: 'BAD_REQUEST', field: 'pin' } }
    expect(await command.post('/api/staff', { ...CASHIER, role: 'manager', pin: '27591' })).toMatchObject(short)
    const first = { code: await newCode(), name: 'Till 1', manager: { ...MANAGER, pin: '8304' } }
    expect(await new Client(served.url).post('/api/pairing', first)).toMatchObject(short)
    expect((await command.post('/api/staff', { ...CASHIER, pin: '2759' })).status).toBe(200)
    const id = await idOf(CASHIER.name)
    expect(await command.post(`/api/staff/${id}/role`, { role: 'manager' })).toMatchObject(short)
    expect(served.access.staff.list()).toMatchObject([{ role: 'cashier' }])
    await command.post(`/api/staff/${id}/pin`, { pin: '640218' })
    expect((await command.post(`/api/staff/${id}/role`, { role: 'manager' })).status).toBe(200)
    expect(await command.post(`/api/staff/${id}/pin`, { pin: '2759' })).toMatchObject(short)
  })

  it('makes no manager of somebody who is given a short PIN at the same time', async () => {
    await command.post('/api/staff', CASHIER)
    const id = await idOf(CASHIER.name)
    const given = served.access.staff.setPin('command', id, '2759')
    served.access.staff.setRole('command', id, 'manager')
    await expect(given).rejects.toMatchObject({ code: 'BAD_REQUEST', field: 'pin' })
  })

  it('tells a browser at which nobody is logged in names, and what changes with each PIN', async () => {
    const client = await pairedClient()
    await command.post('/api/staff', CASHIER)
    const versions = async () => {
      const staff = (await client.get('/api/staff')).list as { name: string; pinVersion: string }[]
      for (const one of staff) expect(Object.keys(one).toSorted()).toEqual(['id', 'name', 'pinVersion', 'role'])
      return Object.fromEntries(staff.map(({ name, pinVersion }) => [name, pinVersion]))
    }
    const before = await versions()
    await command.post(`/api/staff/${await idOf(CASHIER.name)}/pin`, { pin: CASHIER.pin })
    const after = await versions()
    expect(after[MANAGER.name]).toBe(before[MANAGER.name])
    expect(after[CASHIER.name]).not.toBe(before[CASHIER.name])
    await login(client, CASHIER.name, CASHIER.pin)
    await client.post('/api/staff/logout')
    expect(await versions()).toEqual(after)
  })

  it('gives a browser where somebody is logged in the verifiers of all, and managers no hash of a PIN', async () => {
    const client = await pairedClient()
    await command.post('/api/staff', CASHIER)
    await command.post(`/api/staff/${await idOf(CASHIER.name)}/close`)
    await login(client, MANAGER.name, MANAGER.pin)
    const staff = (await client.get('/api/staff')).list as { verifier: string }[]
    expect(staff).toHaveLength(1)
    expect(staff[0]).toMatchObject({ name: MANAGER.name, role: 'manager' })
    expect(staff[0]!.verifier).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const all = (await command.get('/api/staff/all')).list
    expect(all.map((one) => Object.keys(one).toSorted())).toEqual([
      ['closed', 'id', 'name', 'role'],
      ['closed', 'id', 'name', 'role'],
    ])
  })
})

it('writes all of it into the audit log, and nowhere a code, a PIN or a token', async () => {
  const client = await pairedClient()
  const code = await newCode()
  await command.post('/api/staff', CASHIER)
  const id = await idOf(CASHIER.name)
  await login(client, CASHIER.name, '8888')
  await login(client, CASHIER.name, CASHIER.pin)
  await command.post(`/api/staff/${id}/role`, { role: 'manager' })
  await command.post(`/api/staff/${id}/pin`, { pin: '640218' })
  await login(client, CASHIER.name, '640218')
  await client.post('/api/staff/own-pin', { present: '640218', pin: '751926' })
  await command.post(`/api/staff/${id}/close`)
  await command.post(`/api/staff/${id}/reopen`)
  await command.post(`/api/devices/${served.access.devices.list()[0]!.id}/revoke`)
  const entries = served.audit.list({ limit: 100 }).toReversed()
  expect(entries.map(({ actor, action }) => `${actor}: ${action}`)).toEqual([
    'command: device.code',
    'device Till 1: staff.add',
    'device Till 1: device.pair',
    'command: device.code',
    'command: staff.add',
    'device Till 1: staff.login-failed',
    'staff Li Na: staff.login',
    'command: staff.role',
    'command: staff.pin',
    'staff Li Na: staff.login',
    'staff Li Na: staff.pin',
    'staff Li Na: staff.login',
    'command: staff.close',
    'command: staff.reopen',
    'command: device.revoke',
  ])
  const tokens = [...client.cookies.values()]
  served.store.close()
  const kept = readFileSync(served.store.file)
  const secrets = [code, code.replace('-', ''), MANAGER.pin, ...tokens]
  expect(secrets.filter((secret) => kept.includes(secret))).toEqual([])
  expect(JSON.stringify(entries)).not.toMatch(/275918|640218|751926|8888|argon2/)
})
