/** The MySQL server and database that a URL names. */
import { OutpostError } from '../../schemas/outpost-error.ts'

export interface MysqlTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tls: boolean
}

const DEFAULT_DATABASE = 'outpost'
const DEFAULT_PORT = 3306
/** Of the server itself, in any spelling. */
const SERVERS_OWN = /^(?:mysql|information_schema|performance_schema|sys)$/i

/**
 * `mysql://user:password@host:port/database?tls=true`; all but the host may be left out.
 *
 * @param name how messages call the text
 * @throws OutpostError BAD_CONFIGURATION; the message never contains the URL, which holds the password
 */
export function parseMysqlUrl(text: string, name = 'MYSQL_URL'): MysqlTarget {
  const badUrl = (problem: string) => new OutpostError('BAD_CONFIGURATION', `${name} ${problem}`, { field: name })
  const decode = (part: string, what: string): string => {
    try {
      return decodeURIComponent(part)
    } catch {
      throw badUrl(`has a ${what} with a % that begins no escape; write it as %25`)
    }
  }
  if (!URL.canParse(text)) throw badUrl('is no URL; it looks like mysql://user:password@host:3306/database')
  const url = new URL(text)
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') throw badUrl('must begin with mysql://')
  if (url.hostname === '') throw badUrl('names no host')
  const option = [...url.searchParams.keys()].find((name) => name !== 'tls')
  if (option !== undefined) throw badUrl(`has the unknown option ${option}; the only one is tls`)
  const database = decode(url.pathname.slice(1), 'database') || DEFAULT_DATABASE
  if (/[/\\.\0]/.test(database) || database.length > 64 || database.endsWith(' ')) {
    throw badUrl('names a database that MySQL does not allow')
  }
  if (SERVERS_OWN.test(database)) throw badUrl(`names ${database.toLowerCase()}, which belongs to the server itself`)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    user: decode(url.username, 'user'),
    password: decode(url.password, 'password'),
    database,
    tls: ['true', '1', ''].includes(url.searchParams.get('tls') ?? 'false'),
  }
}
