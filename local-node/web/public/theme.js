// Before the first paint, so that a dark room sees no white page; `theme.ts` goes on from here.
try {
  document.documentElement.dataset.theme = localStorage.getItem('outpost.theme') ?? 'auto'
} catch {
  // A page without storage follows the system.
}
