/** What a server proves with who it is, and when that is replaced. */

export interface TlsCredentials {
  /** PEM: the server's certificate and those that it was issued by, and the private key. */
  current(): { readonly cert: string; readonly key: string }
  /** Calls back when there are others; a server takes them for every connection from then on. */
  onChange(listener: () => void): () => void
}
