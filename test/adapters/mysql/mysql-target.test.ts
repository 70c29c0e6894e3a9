import { describe, expect, test } from 'vitest'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'

describe('parseMysqlUrl', () => {
  test('reads all parts, escapes included', () => {
    expect(parseMysqlUrl('mysql://o%40tpost:p%2Fw@db.example.org:3307/chain?tls=true')).toEqual({
      host: 'db.example.org',
      port: 3307,
      user: 'o@tpost',
      password: 'p/w',
      database: 'chain',
      tls: true,
    })
  })

  test('uses the database outpost and the usual port where the URL names none', () => {
    expect(parseMysqlUrl('mysql://[::1]')).toMatchObject({ host: '::1', port: 3306, database: 'outpost', tls: false })
    expect(parseMysqlUrl('mariadb://localhost/')).toMatchObject({ database: 'outpost' })
  })

  test.each([
    ['localhost:3306', 'begin with mysql://'],
    ['no url', 'is no URL'],
    ['postgres://u:secret@h/d', 'begin with mysql://'],
    ['mysql:///d', 'names no host'],
    ['mysql://u:secret@h/d?ssl=1', 'unknown option ssl'],
    ['mysql://u:secret%@h/d', 'password with a %'],
    ['mysql://u:secret@h/a/b', 'database that MySQL does not allow'],
    ['mysql://u:secret@h/mysql', 'names mysql, which belongs to the server itself'],
    ['mysql://u:secret@h/Information_Schema', 'names information_schema, which belongs'],
    ['mysql://u:secret@h/performance_schema', 'belongs to the server'],
    ['mysql://u:secret@h/sys', 'belongs to the server'],
  ])('refuses %s without repeating the password', (url, reason) => {
    const parse = () => parseMysqlUrl(url)
    expect(parse).toThrow(reason)
    expect(parse).toThrow(expect.objectContaining({ code: 'BAD_CONFIGURATION', field: 'MYSQL_URL' }))
    expect(parse).not.toThrow('secret')
  })
})
