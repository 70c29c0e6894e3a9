/** Tells when it is worth to ask at once whether the node still answers: the network has changed, the tab was frozen or kept aside. */
export function onDoubt(ask: () => void): void {
  for (const event of ['online', 'offline', 'pageshow']) addEventListener(event, ask)
  document.addEventListener('resume', ask)
}
