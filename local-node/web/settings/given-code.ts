/** The pairing code in the address that somebody opened (`#/pair/7K3M-9QXZ`); what stands after # is sent to nobody. */

export function givenCode(): string {
  return /^#\/pair\/([0-9A-Za-z]{4}-?[0-9A-Za-z]{4})$/.exec(location.hash)?.[1] ?? ''
}

/** It is used up. */
export function forgetCode(): void {
  if (location.hash.startsWith('#/pair')) history.replaceState(null, '', '#/members')
}

export function linkOf(code: string): string {
  return `${location.origin}/#/pair/${code}`
}
