/**
 * A PC that wakes in the year 2000, for real: the system calls that tell the time are led astray for the whole process,
 * OpenSSL's check of certificates included, by a library that is compiled here.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newSigningKey } from '../../adapters/exchange/signature.ts'
import { issueRoot, issueServer, pem, type Issued } from '../adapters/tls/certificates.ts'
import { CLOUD_KEY, serveHeadquarters, TIME_MS, type Headquarters } from '../adapters/tls/headquarters.ts'
import { temporaryFolder } from '../support/node-process.ts'

const run = promisify(execFile)
const YEAR_2000_S = Date.UTC(2000, 0, 1) / 1000

/** Every way in which a program asks what day it is; how much time has passed is left alone. */
const LIBRARY = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long shift(void) { return atol(getenv("SHIFT_SECONDS")); }

int clock_gettime(clockid_t id, struct timespec *ts) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, ts);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) ts->tv_sec += shift();
  return result;
}
int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
  static int (*real)(struct timeval *restrict, void *restrict);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(tv, tz);
  if (result == 0) tv->tv_sec += shift();
  return result;
}
time_t time(time_t *at) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  if (at) *at = ts.tv_sec;
  return ts.tv_sec;
}
`

/** What the PC does, once by the global \`fetch\` and once as a branch. */
const PROGRAM = `
import { createCloudFetch } from ${JSON.stringify(new URL('../../dist/adapters/tls/cloud-fetch.js', import.meta.url).href)}
import { readVerifyingKey } from ${JSON.stringify(new URL('../../dist/adapters/exchange/signature.js', import.meta.url).href)}
const { url: cloudUrl, ca, key } = JSON.parse(process.argv[2])
const log = { debug() {}, info() {}, warn() {}, error() {} }
const told = []
const onTime = (timeMs) => told.push(timeMs)
const own = createCloudFetch({ cloudUrl, ca, cloudKey: readVerifyingKey(key), onTime, log })
const usual = createCloudFetch({ cloudUrl, ca, log })
const ask = ({ fetch }) => fetch(cloudUrl + '/hello').then((answer) => answer.json(), (error) => error.message)
console.log(JSON.stringify({ now: new Date().toISOString(), usual: await ask(usual), own: await ask(own), told }))
await Promise.all([own.close(), usual.close()])
`

let folder: ReturnType<typeof temporaryFolder>
let library: string
let cloud: Headquarters
let root: Issued

beforeEach(async () => {
  folder = temporaryFolder()
  library = join(folder.path, 'shift-clock.so')
  writeFileSync(join(folder.path, 'shift-clock.c'), LIBRARY)
  await run('gcc', ['-shared', '-fPIC', '-O2', '-o', library, join(folder.path, 'shift-clock.c'), '-ldl'])
  writeFileSync(join(folder.path, 'program.mjs'), PROGRAM)
  root = issueRoot()
  writeFileSync(join(folder.path, 'authority.pem'), pem(root))
  cloud = await serveHeadquarters([issueServer(root)])
})
afterEach(async () => {
  await cloud.close()
  folder.remove()
})

async function wake(nowS: number, key: string) {
  const given = { url: cloud.url, ca: join(folder.path, 'authority.pem'), key }
  const shift = String(nowS - Math.floor(Date.now() / 1000))
  const env = { ...process.env, LD_PRELOAD: library, SHIFT_SECONDS: shift }
  const { stdout } = await run(process.execPath, [join(folder.path, 'program.mjs'), JSON.stringify(given)], { env })
  return JSON.parse(stdout) as { now: string; usual: unknown; own: unknown; told: number[] }
}
const cloudKey = CLOUD_KEY.export({ format: 'der', type: 'spki' }).toString('base64url')

describe('a PC that wakes in the year 2000', () => {
  it('reaches headquarters over TLS and is told the time, where the usual check of certificates refuses', async () => {
    const { now, usual, own, told } = await wake(YEAR_2000_S, cloudKey)
    expect(now).toMatch(/^2000-01-01T00:0/)
    expect(usual).toContain('CERT_NOT_YET_VALID')
    expect(own).toEqual({ hello: 'branch' })
    expect(told).toEqual([TIME_MS])
  })

  it('does not believe whoever has another key than its headquarters', async () => {
    const { own, told } = await wake(YEAR_2000_S, newSigningKey().publicKey)
    expect(own).toContain('did not vouch for it')
    expect(told).toEqual([])
  })
})

it('a PC that wakes in the year 2099 reaches headquarters too', async () => {
  const { now, usual, own } = await wake(Date.UTC(2099, 0, 1) / 1000, cloudKey)
  expect(now).toMatch(/^2099-01-01T00:0/)
  expect(usual).toContain('CERT_HAS_EXPIRED')
  expect(own).toEqual({ hello: 'branch' })
})
