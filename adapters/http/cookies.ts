/** The cookies by which a browser shows who it is: no script reads them, and no page of another site sends them. */
import type { Request, Response } from 'express'

export function readCookie(req: Request, name: string): string | undefined {
  for (const pair of (req.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === nameOf(req, name)) return pair.slice(at + 1).trim()
  }
  return undefined
}

/** @param value of letters, digits, `-` and `_`, as tokens are */
export function setCookie(req: Request, res: Response, name: string, value: string, maxAgeS: number): void {
  res.cookie(nameOf(req, name), value, { ...attributes(req), maxAge: maxAgeS * 1000 })
}

export function clearCookie(req: Request, res: Response, name: string): void {
  res.clearCookie(nameOf(req, name), attributes(req))
}

/** Over TLS browsers take one of such a name from nobody who answers in the clear, nor for other paths or hosts (RFC 6265bis). */
function nameOf(req: Request, name: string): string {
  return req.secure ? `__Host-${name}` : name
}

function attributes(req: Request) {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure: req.secure } as const
}
