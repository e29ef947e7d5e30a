/** The audit trail of a room: its entries, and those the lobby does not hold yet. */

export { auditRefusal, handleAuditAck, recordAudit, sendAudit } from './log.ts';
