/** Writes docs/errors.md; run from dist/ after every change of the catalogue. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { renderErrors } from './render-errors.ts'

// This runs as dist/scripts/docs/generate-errors.js.
const FILE = fileURLToPath(new URL('../../../docs/errors.md', import.meta.url))

writeFileSync(FILE, renderErrors(ERROR_CATALOGUE))
