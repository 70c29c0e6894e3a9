/** Tests wait for statuses as the demonstrations do. */
export { statusWhere } from '../../scripts/demo/status-events.ts'
