import { type RequestCard, RequestCardSchema, type Result, type WireError } from '@muster/protocol';
import { get } from '../rest/get.ts';

/** C8: a request with all that is decided on, from the room that has it. */
export const loadCard = (permissionId: string): Promise<Result<RequestCard, WireError>> =>
  get(`/api/permissions/${encodeURIComponent(permissionId)}`, {}, RequestCardSchema);
