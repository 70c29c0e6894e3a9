/** Starts the health page. */
import { render } from 'preact'
import '../../adapters/ui/base.css'
import { watchStatus } from '../../adapters/ui/live-status.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { HealthPage } from './health-page.tsx'
import './page.css'

render(<HealthPage live={watchStatus<CloudNodeStatus>()} />, document.getElementById('app')!)
